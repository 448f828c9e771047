"""What only the server's word can decide, while the server may be away: it is waited for, and that is said once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tidemill.engine.context import current
from tidemill.engine.effects import Block, Outcome, Sleep, unwrap
from tidemill.engine.leaving import leave_if_asked
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")

logger = logging.getLogger("tidemill.engine")  # not a run's own: whoever waits need not be in one

#: Who waits for a server's word sees so often whether it is asked to leave, in seconds.
LOOK_UP: Final = 1.0


class Away:
    """Says once that nobody can say something now, until somebody did."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.told = False

    def tell(self, why: object) -> None:
        """Say it, unless it was."""
        if not self.told:
            logger.warning("Nobody can say now %s; this waits until somebody can: %s", self._what, why)
        self.told = True


def answered(here: Runtime, what: str, ask: Callable[..., T], *arguments: Any) -> Steps[T]:
    """What the store answers. A server that is away is waited for, which is said once; ``what`` is asked, in words."""
    away = Away(what)
    while True:
        outcome: Outcome[T] = yield Block(ask, arguments)
        if here.ledger.is_here or not isinstance(outcome.raised, StoreUnavailableError):
            return unwrap(outcome)
        away.tell(outcome.raised)
        yield from _rest()


def applied(here: Runtime, what: str, seconds: float | None = None) -> Steps[None]:
    """Wait until the store has what this process recorded, for so many seconds at most; what for is said if it takes.

    What is asked of the store afterwards is asked as of now.
    """
    if here.ledger.is_here:
        unwrap((yield Block(here.recorder.wait_applied)))
        return
    away = Away(what)
    until = None if seconds is None else here.clock.monotonic() + seconds
    while not unwrap((yield Block(here.recorder.wait_applied_for, (LOOK_UP,)))):
        if until is not None and here.clock.monotonic() >= until:
            return
        away.tell("the server does not have yet what this process has reported")
        leave_if_asked(current())


def _rest() -> Steps[None]:
    yield Sleep(LOOK_UP)
    leave_if_asked(current())
