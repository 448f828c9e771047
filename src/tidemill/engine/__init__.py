"""Running flows and tasks: what happens is decided by generators that yield effects, and done by drivers."""
