"""Counting the transactions of a store."""

from __future__ import annotations


def transactions_of(store):
    """A list that grows by one each time that the store begins a transaction."""
    began = []
    together = store.together

    def counting():
        began.append(True)
        return together()

    store.together = counting
    return began
