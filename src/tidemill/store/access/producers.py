"""The processes that report, and whether they live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store import limits, producers
from tidemill.store.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.runs import Producer


class Producers(Access):
    """Knowing the processes that write journals."""

    def register_producer(self, producer: Producer) -> None:
        """Make a process that writes a journal known."""
        with self._connections.writing() as session:
            producers.register(session, producer)

    def beat(self, producer: str, now: int, lease_until: int) -> bool:
        """Extend a producer's lease. False if it counts as ended already."""
        with self._connections.writing() as session:
            return producers.beat(session, producer, now, lease_until)

    def end_producer(self, producer: str, now: int) -> None:
        """Remember that a producer is over, and give back the slots it held."""
        with self._connections.writing() as session:
            producers.end(session, producer, now)
            limits.release_all_of(session, producer)

    def read_producer(self, producer: str) -> Producer | None:
        """What is known about it; None if nothing is."""
        with self._connections.reading() as session:
            return producers.read(session, producer)

    def producers_not_ended(self) -> list[Producer]:
        """Those that have not ended, whether their leases run or not."""
        with self._connections.reading() as session:
            return producers.alive(session)

    def ended_producers(self, ids: Collection[str]) -> list[str]:
        """Those of these that have ended."""
        with self._connections.reading() as session:
            return producers.ended_among(session, ids)

    def lapsed_producers(self, now: int) -> list[Producer]:
        """Those that have not ended and whose leases ran out."""
        with self._connections.reading() as session:
            return producers.lapsed(session, now)

    def unfinished_runs_of(self, producer: str) -> int:
        """How many runs it holds that are not over."""
        with self._connections.reading() as session:
            return producers.unfinished(session, producer)
