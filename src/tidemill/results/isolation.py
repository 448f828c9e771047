"""How much of each other's unfinished work those who share a key may see."""

from __future__ import annotations

from enum import StrEnum


class IsolationLevel(StrEnum):
    """What a transaction shares with others on the same key.

    ``READ_COMMITTED``: several may work at once, each sees only committed records. ``SERIALIZABLE``: one at a time, by
    a lock of the result store's lock manager.
    """

    READ_COMMITTED = "READ_COMMITTED"
    SERIALIZABLE = "SERIALIZABLE"
