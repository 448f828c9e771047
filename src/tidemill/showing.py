"""Users' values in messages and records: a value that cannot describe itself must not hide what is said of it."""

from __future__ import annotations


def shown(value: object, at_most: int) -> str:
    """The value as code writes it, cut after so many characters; of one whose ``repr`` fails, only its type."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a user's __repr__ may do anything
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= at_most else f"{text[: at_most - 1]}…"
