"""For tests of your own flows: a tidemill in memory, whose clock does not keep you waiting. See ``docs/testing.md``."""
