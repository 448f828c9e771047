"""Taking runs out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.asking import all_rows
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

#: A flow run, and below it the flow runs that its task runs called, and so on.
_BELOW: Final = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM flow_run WHERE id IN @listed(?)
    UNION
    SELECT child.id FROM below
        JOIN task_run ON task_run.flow_run_id = below.id
        JOIN flow_run AS child ON child.parent_task_run_id = task_run.id
)
SELECT id FROM below
"""
_CHILDREN: Final = """
SELECT child.id FROM flow_run AS child
WHERE child.root_flow_run_id IN @listed(:runs) AND child.id <> child.root_flow_run_id
"""
#: Slots that task runs hold of limits on their tags, and flow runs of their deployments' limits.
_SLOTS: Final = (
    "DELETE FROM concurrency_slot WHERE lease_id IN (SELECT id FROM task_run WHERE flow_run_id IN @listed(?))",
    (
        "DELETE FROM concurrency_slot WHERE lease_id IN (SELECT @of(details, $.deployment_concurrency_lease_id, text)"
        " FROM flow_run_state WHERE details IS NOT NULL AND flow_run_id IN @listed(?))"
    ),
)
_DELETES: Final = _SLOTS + tuple(
    f"DELETE FROM {table} WHERE {column} IN @listed(?)"
    for table, column in (
        ("log", "flow_run_id"),
        ("task_run", "flow_run_id"),
        ("late_report", "root"),
        ("flow_run_input", "flow_run_id"),
        ("flow_run", "id"),  # and, by its foreign key, flow_run_state
    )
)
#: Whoever applies entries holds the root run; who deletes waits for that, and nothing is recorded in between.
_HELD: Final = """
SELECT id FROM flow_run WHERE id IN (SELECT root_flow_run_id FROM flow_run WHERE id IN @listed(?))
ORDER BY id @locked(flow_run)
"""
_ENDED: Final = """
SELECT id FROM flow_run WHERE end_us IS NOT NULL AND id = root_flow_run_id AND end_us < ? ORDER BY end_us LIMIT ?
"""


def delete_flow_run(session: Session, flow_run_id: str) -> bool:
    """With its subflow runs, task runs, logs and inputs. False if there is none of this id."""
    return delete_flow_runs(session, [flow_run_id]) > 0


def delete_flow_runs(session: Session, flow_run_ids: Collection[str]) -> int:
    """As ``delete_flow_run``, at once; returns how many there were, with those below them."""
    if not flow_run_ids:
        return 0
    wanted = bound(list(flow_run_ids))
    all_rows(session, _HELD, (wanted,))
    ids = {id_ for (id_,) in all_rows(session, _BELOW, (wanted,))}
    ids |= {id_ for (id_,) in all_rows(session, _CHILDREN, {"runs": wanted})}
    everything = bound(list(ids))
    for sql in _DELETES:
        session.execute(sql, (everything,))
    return len(ids)


def delete_ended_before(session: Session, moment: int, limit: int) -> int:
    """Delete root runs that ended before a moment, the oldest first; returns how many."""
    ended = [id_ for (id_,) in all_rows(session, _ENDED, (moment, limit))]
    delete_flow_runs(session, ended)
    return len(ended)
