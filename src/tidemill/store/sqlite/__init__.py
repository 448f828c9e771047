"""The store in one SQLite file. All SQL of the embedded store lives below this package."""
