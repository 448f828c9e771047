"""What of an exception is worth a place in the log: the user's own frames, and nothing where a line says it all."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

from tidemill.engine.signals import CancelRequested, Interruption, RunTimeoutError
from tidemill.exceptions import ParameterTypeError, TerminationSignal
from tidemill.system.frames import without_ours

#: The message of the state says all of these.
_SAID_IN_A_LINE: Final = (
    RunTimeoutError,
    ParameterTypeError,
    Interruption,
    CancelRequested,
    TerminationSignal,
    KeyboardInterrupt,
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def worth_showing(error: Any) -> ExcInfo | None:
    """The ``exc_info`` for a log line about an error; ``None`` where its traceback would tell nothing more."""
    if not isinstance(error, BaseException) or isinstance(error, _SAID_IN_A_LINE):
        return None
    return type(error), error, without_ours(error.__traceback__)
