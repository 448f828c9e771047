"""Who may come in, and what for: decided here, from what a request says and how the server was started."""
