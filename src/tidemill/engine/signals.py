"""What ends a body from outside."""

from __future__ import annotations


class RunTimeoutError(TimeoutError):
    """A body took longer than its run may take. A ``TimeoutError`` of the user's own code is not this."""
