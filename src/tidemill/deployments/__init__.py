"""Flows that are run later or elsewhere: when, by whom, with what."""
