"""The server: the store behind HTTP, for many clients at once."""
