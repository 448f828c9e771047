"""Rules that judge task runs; one file each."""
