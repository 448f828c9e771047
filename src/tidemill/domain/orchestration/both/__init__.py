"""Rules that judge flow runs and task runs alike; one file each."""
