"""Following runs of any process by looking again and again: a few times a second, into a reader that blocks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from tidemill.cli.run_rows import is_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun, TaskRun

RunT = TypeVar("RunT", "FlowRun", "TaskRun", "FlowRun | TaskRun")
LOOK_SECONDS: Final = 0.2
#: Whether the process of a run still lives is asked less often than how the run stands.
_LOOKS_PER_TENDING: Final = 5


def looks(home: Home) -> Iterator[float]:
    """Whenever it is time to look again: how many seconds have gone by. Runs whose process has died end meanwhile."""
    begun = home.clock.monotonic()
    look = 0
    while True:
        yield home.clock.monotonic() - begun
        home.clock.sleep(LOOK_SECONDS)
        look += 1
        if look % _LOOKS_PER_TENDING == 0:
            home.tend()


def until_over(home: Home, reread: Callable[[], RunT], *, timeout: float | None = None) -> Iterator[RunT]:
    """The run as it stands, again and again, the last time when it is over. Raises TimeoutError after ``timeout`` s."""
    for elapsed in looks(home):
        run = reread()
        yield run
        if is_over(run):
            return
        if timeout is not None and elapsed >= timeout:
            raise TimeoutError


def changes(home: Home, find: Callable[[], Sequence[FlowRun]]) -> Iterator[list[FlowRun]]:
    """Those that are new or in another state than before, the first to change first; without an end."""
    known: dict[str, str | None] = {}
    for _ in looks(home):
        changed = [run for run in reversed(find()) if known.get(run.id, "") != run.state_id]
        known |= {run.id: run.state_id for run in changed}
        if changed:
            yield changed
