"""Waiting for something in the store: looking again, ever less often, or when a server says that it is another now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from tidemill.engine.away import LOOK_UP, Away
from tidemill.engine.context import current
from tidemill.engine.effects import Block, Outcome, Sleep, WaitFor, unwrap
from tidemill.engine.leaving import leave_if_asked
from tidemill.engine.waiting import Waitable
from tidemill.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from tidemill.engine.effects import Steps
    from tidemill.engine.runtime import Runtime

T = TypeVar("T")

#: How long a change may go unnoticed, in seconds, where nobody tells of it. A look costs one indexed read.
LOOK_EVERY: Final = 0.2
_FIRST_LOOK: Final = 0.01
_SHORTEST: Final = 0.001


class Looking(Generic[T]):
    """One question to the store of a runtime, asked until its answer is the one that is waited for."""

    def __init__(
        self,
        here: Runtime,
        what: str,
        method: str,
        arguments: Callable[[], dict[str, Any]],
        *,
        longest: float = LOOK_EVERY,
    ) -> None:
        """``what`` is asked, in words. ``longest``: seconds between two looks, where nobody tells of a change."""
        self._away = Away(what)
        self._method: Callable[..., T] = getattr(here.ledger.store, method)
        self._arguments = arguments
        self._hearing = here.ledger.store.listener(method, arguments)
        self._coming: Future[T] | None = None
        self._known: T | None = None
        self._longest = min(longest, LOOK_EVERY)
        self._wait = _FIRST_LOOK

    def look(self) -> Steps[T | None]:
        """The answer; None while the store cannot be asked. Raises what the store does besides."""
        outcome = yield from self._asked()
        if isinstance(outcome.raised, StoreUnavailableError):
            self._away.tell(outcome.raised)
            return None
        self._away.told = False
        self._known = unwrap(outcome)
        return self._known

    def pause(self, seconds: float | None) -> Steps[None]:
        """Wait until it may pay to look again, for so many seconds at most. Raises ``Pause`` if the run is to leave."""
        hearing = self._hearing
        if hearing is not None and hearing.tells and not self._away.told:
            if self._coming is None:
                self._coming = hearing.begin()
            longest = LOOK_UP if seconds is None else min(LOOK_UP, seconds)
            yield WaitFor([Waitable(self._coming)], max(longest, _SHORTEST))
        else:
            longest = self._wait if seconds is None else min(self._wait, seconds)
            yield Sleep(max(min(longest, self._longest), _SHORTEST))
            self._wait = min(self._wait * 2, LOOK_EVERY)
        leave_if_asked(current())

    def _asked(self) -> Steps[Outcome[T]]:
        if self._hearing is None:
            outcome: Outcome[T] = yield Block(partial(self._method, **self._arguments()))
            return outcome
        if self._coming is None:
            answered: Outcome[T] = yield Block(self._hearing.ask)
            return answered
        if not self._coming.done():
            return Outcome(self._known)
        coming, self._coming = self._coming, None
        return Outcome(raised=raised) if (raised := coming.exception()) is not None else Outcome(coming.result())
