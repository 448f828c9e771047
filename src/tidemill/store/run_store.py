"""What processes that run flows ask of a store; whatever serves others asks more (``store.py``), and loads more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.access.decisions import Decisions
from tidemill.store.access.inputs import Inputs
from tidemill.store.access.limits import Limits
from tidemill.store.access.producers import Producers
from tidemill.store.access.questions import Questions
from tidemill.store.access.removing import Removing
from tidemill.store.access.suspending import Suspensions
from tidemill.store.applying import apply_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Any, Self

    from tidemill.domain.entries import Batch
    from tidemill.store.watching import Hearing


class RunStore(Questions, Decisions, Suspensions, Removing, Inputs, Producers, Limits):
    """What happened in runs, and what becomes of them: all that processes which run flows ask for.

    Any thread may use it; so may a forked child.

    Times are microseconds since 1970, UTC, and are the caller's: a store looks at no clock. What writes may raise
    StoreUnavailableError: nothing was changed, and trying again later may help.
    """

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return self._connections.where

    def close(self) -> None:
        """Let go of the database. Everything that was acknowledged is already safe."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def together(self) -> AbstractContextManager[None]:
        """Make one transaction of all that this thread asks of the store within; a part of one that is under way."""
        return self._connections.together()

    def written(self) -> int | None:
        """Grows with what this thread writes within ``together``; None where that can only be undone by now."""
        return self._connections.written()

    def listener(self, method: str, arguments: Callable[[], dict[str, Any]]) -> Hearing | None:
        """What tells when the method would answer otherwise; None where nobody does, and one has to look."""
        del method, arguments
        return None

    def apply(self, batch: Batch, *, own: bool = False) -> int:
        """Take in a batch: whole, once, in one transaction, safe on disk when this returns.

        Entries are numbered from 1; those already applied are skipped. Returns the last number applied: if that is
        not the batch's last one, entries before the batch are missing and nothing was applied; go on behind it. Entries
        of a root run that is someone else's by now, and malformed ones (not looked for in ``own``), are kept aside.
        """
        with self._connections.writing() as session:
            return apply_batch(session, batch, doubted=not own)
