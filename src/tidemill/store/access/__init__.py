"""The store, one class for each thing it is asked for; `store.py` puts them together."""
