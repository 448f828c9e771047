"""Room on the stack: a run that begins where there is too little left could neither record nor log its end."""

from __future__ import annotations

import sys
from typing import Final

#: What recording and logging the end of a run takes, several times over.
_NEEDED: Final = 100


def require_headroom() -> None:
    """Raise RecursionError where a run begun here could not be ended in order. Nothing is recorded of it then."""
    try:
        sys._getframe(sys.getrecursionlimit() // 3)  # noqa: SLF001 - documented, in spite of its name
    except ValueError:
        return  # far from deep: what nearly every call pays
    try:
        _descend(_NEEDED)
    except RecursionError:
        pass
    else:
        return
    raise RecursionError("maximum recursion depth exceeded: too little of the stack is left for a task or flow")


def _descend(levels: int) -> None:
    if levels:
        _descend(levels - 1)
