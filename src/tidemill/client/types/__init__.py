"""Types of what clients take."""
