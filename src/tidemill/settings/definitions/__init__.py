"""What can be set: one class per group, one line per setting."""
