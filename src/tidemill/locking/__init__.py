"""Locks on keys of results, so that of many who want the same record one makes it and the others wait."""
