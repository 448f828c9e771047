"""Noticing that somebody wrote, whoever it was: another thread, another process, another server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from concurrent.futures import Future


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


class Hearing(Protocol):
    """One question to a store that answers it again when the answer is another. For one who waits."""

    #: Whether it does; else it only answers.
    tells: bool

    def ask(self) -> Any:
        """The answer as it is now."""
        ...

    def begin(self) -> Future[Any]:
        """The answer when it is another than the last one, or after a while as it is then."""
        ...
