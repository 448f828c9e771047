"""What things are: states, runs, entries, identities. Pure data and functions; time is always an argument."""
