"""The processes that report, and whether they live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.sqlite import limits, producers
from tidemill.store.sqlite.access.base import Access

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.runs import Producer


class Producers(Access):
    """Knowing the processes that write journals."""

    def register_producer(self, producer: Producer) -> None:
        """Make a process that writes a journal known."""
        with self._connections.writing() as connection:
            producers.register(connection, producer)

    def beat(self, producer: str, now: int, lease_until: int) -> bool:
        """Extend a producer's lease. False if it counts as ended already."""
        with self._connections.writing() as connection:
            return producers.beat(connection, producer, now, lease_until)

    def end_producer(self, producer: str, now: int) -> None:
        """Remember that a producer is over, and give back the slots it held."""
        with self._connections.writing() as connection:
            producers.end(connection, producer, now)
            limits.release_all_of(connection, producer)

    def read_producer(self, producer: str) -> Producer | None:
        """What is known about it; None if nothing is."""
        with self._connections.reading() as connection:
            return producers.read(connection, producer)

    def producers_not_ended(self) -> list[Producer]:
        """Those that have not ended, whether their leases run or not."""
        with self._connections.reading() as connection:
            return producers.alive(connection)

    def ended_producers(self, ids: Collection[str]) -> list[str]:
        """Those of these that have ended."""
        with self._connections.reading() as connection:
            return producers.ended_among(connection, ids)

    def lapsed_producers(self, now: int) -> list[Producer]:
        """Those that have not ended and whose leases ran out."""
        with self._connections.reading() as connection:
            return producers.lapsed(connection, now)

    def unfinished_runs_of(self, producer: str) -> int:
        """How many runs it holds that are not over."""
        with self._connections.reading() as connection:
            return producers.unfinished(connection, producer)
