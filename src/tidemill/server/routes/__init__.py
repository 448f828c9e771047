"""Who answers: one module for each kind of thing, each with its ``routes``."""
