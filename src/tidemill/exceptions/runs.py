"""A run has no value to give, or is steered from inside or outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.exceptions.base import TidemillException

if TYPE_CHECKING:
    from tidemill.domain.states import State


class RunNotCompleted(TidemillException):
    """A run has no value to give."""


class FailedRun(RunNotCompleted):
    """The run failed and its own error is not at hand."""


class CrashedRun(RunNotCompleted):
    """The run was ended by what is outside its code."""


class CancelledRun(RunNotCompleted):
    """The run was cancelled."""


class PausedRun(RunNotCompleted):
    """The run is paused. ``state`` is the state it is in."""

    def __init__(self, *args: Any, state: State[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class UnfinishedRun(RunNotCompleted):
    """The run is not over."""


class MissingResult(RunNotCompleted):
    """The run is over, but its value was not kept."""


class UpstreamTaskError(RunNotCompleted):
    """A task was not started because something it needs did not complete."""


class TidemillSignal(BaseException):
    """Steers a run from inside user code."""


class Abort(TidemillSignal):
    """End the run here."""


class Pause(TidemillSignal):
    """Leave the run until somebody resumes it. ``state`` is the state it goes into."""

    def __init__(self, *args: Any, state: State[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state


class ExternalSignal(BaseException):
    """The operating system speaks to the process."""


class TerminationSignal(ExternalSignal):
    """The process is asked to end. ``signal`` is the signal's number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal
