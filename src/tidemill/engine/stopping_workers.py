"""Bodies in a pool of processes, interrupted by the flow run they belong to.

The runner says why in a number that it shares with its processes, and then nudges them: the body that is at work there
is interrupted as in the main thread of the flow's own process, so waiting system calls return and what it holds is let
go of. What is taken up later does not begin. Where processes cannot be nudged they are ended.
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.cancelling import CancelInterruption, Watch
from tidemill.engine.signals import FlowStopped
from tidemill.engine.with_parent import end_with_parent
from tidemill.settings.context import present_key
from tidemill.system.nudges import Nudge, nudge_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tidemill.engine.context import FlowRunContext


class Wanted(IntEnum):
    """What a runner wants of its processes."""

    WORK = 0
    NOTHING_NEW = 1
    STOP = 2
    CANCEL = 3


class NotBegunError(Exception):
    """The call came to its process when nothing was to begin there any more."""


class Sign:
    """The number, as the runner holds it."""

    def __init__(self, context: Any) -> None:
        """``context`` is that of multiprocessing by which the processes are started."""
        self.shared = context.RawValue(ctypes.c_byte, Wanted.WORK)

    def show(self, wanted: Wanted) -> None:
        """What is asked for does not become less."""
        self.shared.value = max(self.shared.value, wanted)

    def interrupt(self, processes: Iterable[Any]) -> None:
        """Interrupt what is at work in them."""
        for process in processes:
            if process.is_alive() and not nudge_process(process.pid):
                process.kill()


class _Work:
    """What a process of a pool is at. It is interrupted once: a body that goes on all the same is ended with it."""

    def __init__(self, flow: FlowRunContext | None) -> None:
        self._flow = flow
        self._interrupted = False
        if flow is not None:
            flow.watch = Watch(flow)

    def interrupt(self, wanted: int) -> None:
        if self._interrupted or wanted < Wanted.STOP:
            return
        self._interrupted = True
        if wanted == Wanted.CANCEL and self._flow is not None:
            self._flow.watch.asked = True
            raise CancelInterruption("the flow run is being cancelled")
        raise FlowStopped

    def end(self) -> None:
        """What it has submitted ends with it."""
        if self._interrupted and self._flow is not None and self._flow.runner is not None:
            self._flow.runner.cancel_all()


_shared: Final[list[Any]] = []
_at_work: Final[list[_Work]] = []


def begin_process(
    shared: Any, prepare: Callable[..., None], initargs: tuple[Any, ...], run_token: str | None = None
) -> None:
    """In a fresh process of a pool: be ready to be interrupted, then do what else is to be done first.

    ``run_token``: what it asks the server with, in place of what the settings have.
    """
    end_with_parent()
    _shared.append(shared)
    _nudge.ready()
    if run_token is not None:
        present_key(run_token)
    prepare(*initargs)


@contextmanager
def at_work(flow: FlowRunContext | None) -> Iterator[None]:
    """In a process of a pool: the block may be interrupted. Raises ``NotBegunError`` where it must not begin."""
    work = _Work(flow)
    _at_work.append(work)
    try:
        if _shared and _shared[-1].value != Wanted.WORK:
            raise NotBegunError
        yield
    finally:
        _at_work.remove(work)
        work.end()


def _nudged() -> None:
    if _at_work:
        _at_work[-1].interrupt(_shared[-1].value)


_nudge: Final = Nudge(_nudged)
