"""Our figures and the peer's, by the same scripts in the same run: ``make bench``."""
