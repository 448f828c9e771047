"""The seam to the operating system: clock, files, locks, processes. What is POSIX-only is here, with its fall-back."""
