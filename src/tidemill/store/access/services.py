"""Which server runs which service, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar
from tidemill.store.errors import LeadLostError
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

#: Who holds a term that runs keeps its epoch; whoever takes one over, and who comes too late for its own, begins a new.
_LEAD: Final = """
INSERT INTO service_lease (name, holder, epoch, led_since_us, term_until_us)
VALUES (:name, :holder, 1, :now, :until)
ON CONFLICT (name) DO UPDATE SET
    epoch = CASE WHEN service_lease.term_until_us > :now THEN service_lease.epoch ELSE service_lease.epoch + 1 END,
    led_since_us = CASE WHEN service_lease.term_until_us > :now THEN service_lease.led_since_us ELSE :now END,
    holder = excluded.holder, term_until_us = excluded.term_until_us
WHERE service_lease.holder = excluded.holder OR service_lease.term_until_us <= :now
"""
_LED: Final = """
SELECT name, epoch, led_since_us FROM service_lease WHERE holder = :holder AND name IN @listed(:names)
"""
_STILL_LED: Final = """
SELECT 1 FROM service_lease WHERE name = :name AND holder = :holder AND epoch = :epoch @locked(service_lease)
"""
_PASSED: Final = """
UPDATE service_lease SET last_pass_us = :at, last_duration_us = :duration, last_error = :error
WHERE name = :name AND holder = :holder AND epoch = :epoch
"""
_ALL: Final = """
SELECT name, holder, epoch, led_since_us, term_until_us, last_pass_us, last_duration_us, last_error
FROM service_lease ORDER BY name
"""


class Lead(NamedTuple):
    """A server's right to run a service, under an epoch of its own. ``since`` is when it got it, in microseconds."""

    service: str
    holder: str
    epoch: int
    since: int


class Passed(NamedTuple):
    """What a pass came to. Times are microseconds."""

    lead: Lead
    at: int
    duration: int
    error: str | None


class ServiceLease(NamedTuple):
    """Who runs a service, until when at least, and what its last pass came to. Times are microseconds."""

    name: str
    holder: str
    epoch: int
    led_since: int
    term_until: int
    last_pass: int | None
    last_duration: int | None
    last_error: str | None


class Services(Access):
    """Sharing services among servers. Whoever lost one without knowing is refused, by ``check_lead``."""

    def lead_services(self, names: Collection[str], holder: str, now: int, until: int) -> list[Lead]:
        """Lead these services until then, as far as nobody else does; those that are led now."""
        with self._connections.writing() as session:
            given = {"holder": holder, "now": now, "until": until}
            session.executemany(_LEAD, [{"name": name, **given} for name in sorted(names)])
            wanted = {"holder": holder, "names": bound(sorted(names))}
            return [Lead(name, holder, epoch, since) for name, epoch, since in all_rows(session, _LED, wanted)]

    def check_lead(self, lead: Lead) -> None:
        """Make sure that nobody else takes the service before this transaction ends. Raises LeadLostError."""
        with self._connections.writing() as session:
            given = {"name": lead.service, "holder": lead.holder, "epoch": lead.epoch}
            if scalar(session, _STILL_LED, given) is None:
                raise LeadLostError(f"another server runs the service '{lead.service}' by now")

    def note_passes(self, passes: Collection[Passed]) -> None:
        """Remember what passes came to."""
        rows = [
            {
                "name": lead.service,
                "holder": lead.holder,
                "epoch": lead.epoch,
                "at": at,
                "duration": took,
                "error": error,
            }
            for lead, at, took, error in passes
        ]
        with self._connections.writing() as session:
            session.executemany(_PASSED, rows)

    def resign_services(self, holder: str, now: int) -> None:
        """Let others take at once what a server led that is ending, or is gone."""
        with self._connections.writing() as session:
            session.execute(
                "UPDATE service_lease SET term_until_us = :now WHERE holder = :holder AND term_until_us > :now",
                {"holder": holder, "now": now},
            )

    def read_services(self) -> list[ServiceLease]:
        """All that any server ever ran, by name."""
        with self._connections.reading() as session:
            return [ServiceLease(*row) for row in all_rows(session, _ALL)]
