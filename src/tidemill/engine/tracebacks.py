"""What of an exception is worth a place in the log: the user's own frames, and nothing where a line says it all."""

from __future__ import annotations

from os import sep
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.signals import CancelRequested, Interruption, RunTimeoutError
from tidemill.exceptions import ParameterTypeError, TerminationSignal

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The message of the state says all of these.
_SAID_IN_A_LINE: Final = (
    RunTimeoutError,
    ParameterTypeError,
    Interruption,
    CancelRequested,
    TerminationSignal,
    KeyboardInterrupt,
)
_OURS: Final = str(Path(__file__).parent.parent) + sep

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def worth_showing(error: Any) -> ExcInfo | None:
    """The ``exc_info`` for a log line about an error; ``None`` where its traceback would tell nothing more."""
    if not isinstance(error, BaseException) or isinstance(error, _SAID_IN_A_LINE):
        return None
    return type(error), error, without_ours(error.__traceback__)


def without_ours(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of tidemill above the last of the user's; what is below that stays."""
    steps = []
    while tb is not None:
        steps.append(tb)
        tb = tb.tb_next
    last = max((at for at, step in enumerate(steps) if not _is_ours(step)), default=-1)
    return _linked([step for at, step in enumerate(steps) if at > last or not _is_ours(step)])


def _is_ours(step: TracebackType) -> bool:
    return step.tb_frame.f_code.co_filename.startswith(_OURS)


def _linked(steps: Sequence[TracebackType]) -> TracebackType | None:
    following: TracebackType | None = None
    for step in reversed(steps):
        following = TracebackType(following, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return following
