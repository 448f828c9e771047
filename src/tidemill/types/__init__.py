"""Types for annotations that say more than ``str``."""
