"""Noticing that somebody wrote, whoever it was: another thread, another process, another server."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """One watcher's, for one thread. What it tells is that looking may pay, never what there is to see."""

    def wait(self, seconds: float) -> bool:
        """Return when somebody wrote since the last time, or after some seconds; whether somebody did."""
        ...

    def stop(self) -> None:
        """Let whoever waits go at once; from any thread."""
        ...

    def close(self) -> None:
        """Let go of what it watched with. Nobody waits any more."""
        ...
