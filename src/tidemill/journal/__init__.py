"""The journal: what a process writes first, so that nothing it was told is lost; and how that reaches the store."""
