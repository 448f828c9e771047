"""A tidemill that is a server: its store asked over HTTP, its journal sent there in batches."""
