"""The server: what stands between HTTP and the store."""
