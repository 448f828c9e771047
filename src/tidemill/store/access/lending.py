"""Handing out scheduled task runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store import reading
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.domain.runs import TaskRun

#: Several who ask at once are shown the same: all but one of them take the next.
_WAITING: Final = """
SELECT task_run.id FROM @values(:keys, served) CROSS JOIN task_run -- SQLite goes through the keys first then
WHERE task_run.state_type = 'SCHEDULED' AND task_run.task_key = served.value
    AND @of(task_run.state_details, $.deferred, flag) = 1
    AND NOT EXISTS (SELECT 1 FROM task_run_lent WHERE task_run_id = task_run.id AND until_us > :now)
ORDER BY task_run.created_us, task_run.seq LIMIT 10
"""
_LEND: Final = """
INSERT INTO task_run_lent (task_run_id, client_id, until_us) VALUES (:id, :client, :until)
ON CONFLICT (task_run_id) DO UPDATE SET client_id = excluded.client_id, until_us = excluded.until_us
WHERE task_run_lent.until_us <= :now
"""
_TAKE_BACK: Final = "DELETE FROM task_run_lent WHERE task_run_id = :id AND client_id = :client"
_FORGET: Final = "DELETE FROM task_run_lent WHERE until_us <= :now"


class Lending(Access):
    """Deferred task runs wait until somebody who serves their task takes them."""

    def some_to_lend(self, task_keys: Collection[str], now: int) -> bool:
        """Whether a deferred task run of one of the tasks waits."""
        with self._connections.reading() as session:
            return bool(all_rows(session, _WAITING, {"keys": bound(sorted(task_keys)), "now": now}))

    def lend_task_run(self, task_keys: Collection[str], client_id: str, now: int, *, until: int) -> TaskRun | None:
        """The oldest deferred task run of one of the tasks that nobody has; the client has it until then."""
        with self._connections.writing() as session:
            session.execute(_FORGET, {"now": now})
            for (id_,) in all_rows(session, _WAITING, {"keys": bound(sorted(task_keys)), "now": now}):
                session.execute(_LEND, {"id": id_, "client": client_id, "now": now, "until": until})
                if session.changes():
                    return reading.task_run(session, id_)
            return None

    def take_back_task_run(self, task_run_id: str, client_id: str) -> None:
        """Let somebody else have it."""
        with self._connections.writing() as session:
            session.execute(_TAKE_BACK, {"id": task_run_id, "client": client_id})
