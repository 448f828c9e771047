"""Deadlines in the main thread: one timer signal for all that are under way there, in sync bodies and on loops."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.signals import Overdue
from tidemill.system.alarms import on_timer, set_timer
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tidemill.engine.context import RunContext

monotonic: Final = SystemClock().monotonic
AT_ONCE: Final = 1e-6
#: When code that goes on all the same is interrupted again, in seconds: time for what it puts in order on its way out.
AGAIN_SECONDS: Final = 10.0
#: How long an event loop may take to see that a time is over, and then how often it is looked at whose code keeps it.
LOOP_SECONDS: Final = 1.0


def _always() -> bool:
    return True


class Deadline:
    """A moment, and the exception that says it has passed."""

    def __init__(self, seconds: float, run: RunContext | None) -> None:
        self.seconds = seconds
        self.run = run
        self.moment = monotonic() + seconds
        self.thread = threading.get_ident()
        self.passed = False
        self.over = False
        self.may_interrupt: Callable[[], bool] = _always
        self.before: tuple[Any, float | None] | None = None
        self.overdue: type[Overdue] = type("Overdue", (Overdue,), {})


_nested: Final[list[Deadline]] = []

# An interruption, ours or Ctrl-C, may come between any two lines below, those that clean up included. So a deadline
# counts as over from the moment that either of two ``finally`` blocks has said so, whatever became of the other.


@contextmanager
def by_signal(own: Deadline) -> Iterator[None]:
    """Interrupt the code of the block, in the main thread, when its time is over."""
    handler = on_timer(_expired)
    left = set_timer(0)
    if handler is not _expired:  # somebody else's, before the first of ours; their timer counts on for them
        own.before = handler, monotonic() + left if left and not _nested else None
    try:
        _nested.append(own)
        _arm()
        try:
            yield
        finally:
            own.over = True
    finally:
        set_timer(0)
        _nested[:] = [each for each in _nested if not each.over]
        foreign = _give_back(own)
        if foreign is not None:
            set_timer(max(foreign - monotonic(), AT_ONCE))
        else:
            _arm()


def _give_back(own: Deadline) -> float | None:
    """The timer to whom it belonged; of those on an event loop the last does it. Gives when that was to ring."""
    if own.before is None:
        return None
    heir = next((each for each in _nested if each.before is None), None)
    if heir is not None:
        heir.before = own.before
        return None
    handler, foreign = own.before
    on_timer(handler)
    return foreign


def _arm() -> None:
    moments = [each.moment for each in _nested if not each.over]
    if moments:
        set_timer(max(min(moments) - monotonic(), AT_ONCE), LOOP_SECONDS)


def _expired(_number: int, _frame: FrameType | None) -> None:
    now = monotonic()
    for each in _nested:  # the outermost first: it takes those within along
        if each.moment > now or each.over:
            continue
        if not each.may_interrupt():
            each.moment = now + LOOP_SECONDS
            continue
        each.passed = True
        each.moment = now + AGAIN_SECONDS
        _arm()
        raise each.overdue
    _arm()
