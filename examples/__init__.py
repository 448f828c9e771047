"""Examples to run and to read; each one is a package of its own."""
