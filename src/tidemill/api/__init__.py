"""What can be asked of a tidemill, whether it is this process's own home or, later, a server."""
