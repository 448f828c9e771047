"""What ends a body from outside."""

from __future__ import annotations

from tidemill.exceptions import Abort


class RunTimeoutError(TimeoutError):
    """A body took longer than its run may take. A ``TimeoutError`` of the user's own code is not this."""


class CancelRequested(Abort):
    """Somebody asked for the run to be cancelled, and the run has seen it."""
