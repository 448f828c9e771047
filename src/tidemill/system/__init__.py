"""The seam to the operating system: clock, files, locks, processes. What is POSIX-only lives here, with its fall-back."""
