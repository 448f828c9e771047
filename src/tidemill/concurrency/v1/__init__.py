"""Limits as tags have them: the names are tags, and the slots those that tasks with these tags wait for."""
