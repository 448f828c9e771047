"""When a transaction commits, and how far it has come."""

from __future__ import annotations

from enum import StrEnum


class NotSet:
    """Stands for "no default was given", since None is a value."""


class CommitMode(StrEnum):
    """When a transaction commits.

    ``EAGER``: at its end. ``LAZY``: with its parent, or at its end when it has none. ``OFF``: only when ``commit`` is
    called; at its end what was not committed is rolled back.
    """

    EAGER = "EAGER"
    LAZY = "LAZY"
    OFF = "OFF"


class TransactionState(StrEnum):
    """How far a transaction has come."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    STAGED = "STAGED"
    COMMITTED = "COMMITTED"
    ROLLED_BACK = "ROLLED_BACK"
