"""What somebody said for the code that runs now, and how to ask the run around it.

Light, so that the engine can ask for each task run; the store itself loads when it is needed.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.results.store import ResultStore


class AskedRun(Protocol):
    """A run in progress, as far as results are concerned."""

    persist_result: bool

    def store(self) -> ResultStore:
        """The store that the run's options ask for."""
        ...


class Said(NamedTuple):
    """What ``result_context`` was told, and the run it was told in: a run inside it goes by its own options."""

    store: ResultStore | None
    persist: bool | None
    run: AskedRun | None


said: ContextVar[Said | None] = ContextVar("tidemill_results_said", default=None)
_ask: list[Callable[[], AskedRun | None]] = []


def answer_with(ask: Callable[[], AskedRun | None]) -> None:
    """Have ``run_here`` answer with this; for the engine."""
    _ask[:] = [ask]


def run_here() -> AskedRun | None:
    """The innermost run, if one is going on."""
    return _ask[0]() if _ask else None


def said_in(run: AskedRun | None) -> Said | None:
    """What was said within this run, and not merely around it."""
    found = said.get()
    return found if found is not None and found.run is run else None
