"""Rules that judge flow runs; one file each."""
