"""Which frames of a traceback are tidemill's own, and the traceback without them."""

from __future__ import annotations

import contextlib
from os import sep
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_OURS: Final = str(Path(__file__).parent.parent) + sep
_CONTEXTLIB: Final = contextlib.__file__  # where it stands behind a frame of ours, it works for us


def without_ours(tb: TracebackType | None, *, to_the_end: bool = False) -> TracebackType | None:
    """The traceback without the frames of tidemill above the last of the user's; what is below that stays.

    With ``to_the_end`` that goes too, where the user has a frame at all.
    """
    steps = []
    while tb is not None:
        steps.append(tb)
        tb = tb.tb_next
    theirs = [at for at, step in enumerate(steps) if not _is_ours(step) and not _works_for_us(steps, at)]
    if theirs and to_the_end:
        return _linked([steps[at] for at in theirs])
    last = theirs[-1] if theirs else -1
    return _linked([step for at, step in enumerate(steps) if at > last or at in theirs])


def _is_ours(step: TracebackType) -> bool:
    return step.tb_frame.f_code.co_filename.startswith(_OURS)


def _works_for_us(steps: Sequence[TracebackType], at: int) -> bool:
    return at > 0 and steps[at].tb_frame.f_code.co_filename == _CONTEXTLIB and _is_ours(steps[at - 1])


def _linked(steps: Sequence[TracebackType]) -> TracebackType | None:
    following: TracebackType | None = None
    for step in reversed(steps):
        following = TracebackType(following, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return following
