"""Following runs of any process: looking again when something may have changed.

At a server that is when its stream of what happens says so; in a home of this machine it is a few times a second, into
a reader that blocks nobody. What is shown is read from the store in both cases, from a position on.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from contextvars import copy_context
from math import inf
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, TypeVar

import click

from tidemill.api.operations.live import FollowQuery
from tidemill.cli.run_rows import is_over
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from tidemill.api.client.client import Client
    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun, TaskRun

T = TypeVar("T")
RunT = TypeVar("RunT", "FlowRun", "TaskRun", "FlowRun | TaskRun")
#: It is looked no more often than this, whatever happens.
LOOK_SECONDS: Final = 0.2
#: At a server it is looked at least so often, even if it says nothing; and so often where what is shown has lengths of
#: time in it, or runs below subflows, of which the stream about a run says nothing.
_QUIET_SECONDS: Final = 5.0
TICKING: Final = 1.0
#: Whether the process of a run still lives is asked less often than how the run stands.
_TENDING_SECONDS: Final = 1.0
EVERYTHING: Final = FollowQuery(topics="flow-runs")


def about(flow_run_id: str | None) -> FollowQuery:
    """What happens to a flow run, within it, and what it logs; without one, to any."""
    return FollowQuery(topics="flow-runs,task-runs,logs", flow_run_id=flow_run_id)


def looks(
    home: Home, wanted: FollowQuery = EVERYTHING, *, quiet: float = _QUIET_SECONDS, timeout: float = inf
) -> Generator[float, None, None]:
    """Whenever it is time to look again: how many seconds have gone by. Runs whose process has died end meanwhile.

    ``timeout``: when it is looked in any case, in seconds from now.
    """
    monotonic = home.clock.monotonic
    begun = looked = tended = monotonic()
    with woken(home, wanted, Event()) as wait:
        while True:
            elapsed = looked - begun
            yield elapsed
            wait(min(quiet, max(0.0, timeout - elapsed)))
            home.clock.sleep(max(0.0, looked + LOOK_SECONDS - monotonic()))
            looked = monotonic()
            if looked - tended >= _TENDING_SECONDS:
                home.tend()
                tended = looked


def found_anew(
    home: Home,
    read: Callable[[], T],
    wanted: FollowQuery = EVERYTHING,
    *,
    quiet: float = _QUIET_SECONDS,
    timeout: float = inf,
) -> Generator[T, None, None]:
    """What is read whenever it is time to look again. While a server is away, that is said, and waited for.

    Raises TimeoutError after ``timeout`` seconds.
    """
    away = False
    with closing(looks(home, wanted, quiet=quiet, timeout=timeout)) as moments:
        for elapsed in moments:
            try:
                found = read()
            except StoreUnavailableError as error:
                if elapsed == 0.0:  # it was not there from the beginning
                    raise
                if not away:
                    click.echo(f"Waiting: {error}", err=True)
                away = True
            else:
                away = False
                yield found
            if elapsed >= timeout:
                raise TimeoutError


def until_over(
    home: Home,
    reread: Callable[[], RunT],
    wanted: FollowQuery,
    *,
    quiet: float = _QUIET_SECONDS,
    timeout: float | None = None,
) -> Iterator[RunT]:
    """The run as it stands, again and again, the last time when it is over. Raises TimeoutError after ``timeout`` s."""
    given = inf if timeout is None else timeout
    with closing(found_anew(home, reread, wanted, quiet=quiet, timeout=given)) as moments:
        for run in moments:
            yield run
            if is_over(run):
                return


def changes(home: Home, find: Callable[[], Sequence[FlowRun]]) -> Iterator[list[FlowRun]]:
    """Those that are new or in another state than before, the first to change first; without an end."""
    known: dict[str, str | None] = {}
    for found in found_anew(home, find):
        changed = [run for run in reversed(found) if known.get(run.id, "") != run.state_id]
        known |= {run.id: run.state_id for run in changed}
        if changed:
            yield changed


@contextmanager
def woken(home: Home, wanted: FollowQuery, happened: Event) -> Iterator[Callable[[float], object]]:
    """What waits until something may have happened, or so many seconds. Others may set ``happened``, too."""
    if home.store_is_here:
        yield lambda _: home.clock.sleep(LOOK_SECONDS)
        return
    from tidemill.cli.api import api_of  # noqa: PLC0415 - brings an HTTP client

    with api_of(home) as api:
        waking = _Waking(api, home, wanted, happened)
        try:
            yield waking.wait
        finally:
            waking.over = True


class _Waking:
    """A thread that listens to a server, from the first wait on. Where that refuses, it is looked now and then."""

    def __init__(self, api: Client, home: Home, wanted: FollowQuery, happened: Event) -> None:
        self.over = False
        self._api = api
        self._clock = home.clock
        self._wanted = wanted
        self._happened = happened
        self._longest = inf
        self._thread: Thread | None = None

    def wait(self, seconds: float) -> None:
        if self._thread is None:
            run = copy_context().run
            self._thread = Thread(target=run, args=(self._listen,), name="tidemill-follow", daemon=True)
            self._thread.start()
        self._happened.wait(min(seconds, self._longest))
        self._happened.clear()

    def _listen(self) -> None:
        from tidemill.api.client.following import follow  # noqa: PLC0415 - only for servers
        from tidemill.exceptions import TidemillException  # noqa: PLC0415 - as above

        try:
            happened = self._happened.set
            for _ in follow(self._api, self._wanted, clock=self._clock, begun=happened, over=lambda: self.over):
                happened()
        except TidemillException:
            self._longest = LOOK_SECONDS
