"""What ends a body from outside: its own time-out, that of a run around it, or a signal to the process."""

from __future__ import annotations

from tidemill.exceptions import Abort


class RunTimeoutError(TimeoutError):
    """A body took longer than its run may take. A ``TimeoutError`` of the user's own code is not this."""


class Interruption(BaseException):
    """Raised within user code to get out of it; no ``Exception``, so that user code does not take it for its own."""


class Overdue(Interruption):
    """The time of the run that set this deadline is over. Runs within that one are stopped by it."""


class FlowStopped(Interruption):
    """The flow run that a task was submitted from is being stopped."""


class CancelRequested(Abort):
    """Somebody asked for the run to be cancelled, and the run has seen it."""
