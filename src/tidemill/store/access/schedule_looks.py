"""Which schedules a scheduler must look at, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store import scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Never, unless something is changed.
NEVER: Final = scheduled_runs.END
_DUE: Final = """
SELECT DISTINCT deployment_id FROM (
    SELECT deployment_id FROM deployment_schedule WHERE active = 1 AND next_look_us <= :now
    ORDER BY next_look_us LIMIT :most) AS due
"""
_NEXT: Final = "SELECT min(next_look_us) FROM deployment_schedule WHERE active = 1"
_PUT_OFF: Final = "UPDATE deployment_schedule SET next_look_us = :look WHERE id = :id"
_PUT_OFF_ALL: Final = "UPDATE deployment_schedule SET next_look_us = :look WHERE deployment_id = :id"


class ScheduleLooks(Access):
    """The scheduler's memory: schedules that owe nothing before a moment are not looked at before it."""

    def deployments_to_schedule(self, now: int, *, limit: int) -> list[str]:
        """The ids of deployments with an active schedule that may owe runs; of up to ``limit`` schedules."""
        with self._connections.reading() as session:
            return [id_ for (id_,) in all_rows(session, _DUE, {"now": now, "most": limit})]

    def next_look_at_schedules(self) -> int | None:
        """When the next schedule may owe a run; None if there is none that may."""
        with self._connections.reading() as session:
            found: int | None = scalar(session, _NEXT)
            return None if found is None or found >= NEVER else found

    def is_paused(self, deployment_id: str) -> bool:
        """Whether its schedules are to make no runs now."""
        with self._connections.reading() as session:
            return bool(scalar(session, "SELECT paused FROM deployment WHERE id = :id", {"id": deployment_id}))

    def put_off_schedules(self, looks: Mapping[str, int]) -> None:
        """Look at schedules, by id, not before then."""
        with self._connections.writing() as session:
            session.executemany(_PUT_OFF, [{"id": id_, "look": look} for id_, look in looks.items()])

    def put_off_deployment(self, deployment_id: str, look: int = NEVER) -> None:
        """Look at none of its schedules before then."""
        with self._connections.writing() as session:
            session.execute(_PUT_OFF_ALL, {"id": deployment_id, "look": look})
