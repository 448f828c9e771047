"""How deeply JSON is nested. SQLite reads a thousand levels and calls what is deeper malformed.

Python 3.11 stops encoders at about as many; newer ones let them go ten times deeper, so it is looked at here.
"""

from __future__ import annotations

from typing import Final

#: Levels of a value that is written down: SQLite's thousand, less those of the entry and the batch around it.
DEEPEST: Final = 900
#: Levels of an entry that the store can read, in a batch with others.
LEVELS_READ: Final = 950

#: Levels of what others send to a server.
DEEPEST_SENT: Final = 64

_AS_LISTS: Final = bytes.maketrans(b"{}", b"[]")
_NO_MARKS: Final = bytes(set(range(256)) - set(b'[]{}"'))


def too_deep(text: bytes, deepest: int = DEEPEST) -> bool:
    """Whether well-formed JSON has more than ``deepest`` lists and objects within one another."""
    if text.count(b"[") + text.count(b"{") <= deepest:
        return False
    # the lists without anything in them are taken away level by level
    brackets = _brackets(text)
    for _ in range(deepest):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _brackets(text: bytes) -> bytes:
    """Those that stand outside of texts; objects as lists. In steps of C's, since all that comes is asked this."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # two quotes with nothing between them are a text of no brackets, or the end of one and the beginning of another
    marks = text.translate(_AS_LISTS, _NO_MARKS).replace(b'""', b"")
    return b"".join(marks.split(b'"')[::2])
