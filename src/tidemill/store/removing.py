"""Taking runs out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store.asking import all_rows, scalar
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

#: So many rows are deleted at once where others are not to wait.
PART: Final = 1000
#: More than there are.
_ALL: Final = 2**31
#: The flow runs that the task runs of some called.
_CALLED: Final = """
SELECT child.id FROM task_run JOIN flow_run AS child ON child.parent_task_run_id = task_run.id
WHERE task_run.flow_run_id IN @listed(?)
"""
_CHILDREN: Final = """
SELECT child.id FROM flow_run AS child
WHERE child.root_flow_run_id IN @listed(?) AND child.id <> child.root_flow_run_id
"""
_LOGS: Final = """
DELETE FROM log WHERE seq IN (SELECT seq FROM log WHERE flow_run_id IN @listed(:runs) LIMIT :most)
"""
_TASK_RUNS: Final = "SELECT id FROM task_run WHERE flow_run_id IN @listed(:runs) LIMIT :most"
#: With the slots that they hold of limits on their tags.
_OF_TASK_RUNS: Final = (
    "DELETE FROM concurrency_slot WHERE lease_id IN @listed(?)",
    "DELETE FROM task_run WHERE id IN @listed(?)",
)
#: With the slots that they hold of their deployments' limits.
_OF_FLOW_RUNS: Final = (
    (
        "DELETE FROM concurrency_slot WHERE lease_id IN (SELECT @of(details, $.deployment_concurrency_lease_id, text)"
        " FROM flow_run_state WHERE details IS NOT NULL AND flow_run_id IN @listed(?))"
    ),
    "DELETE FROM late_report WHERE root IN @listed(?)",
    "DELETE FROM flow_run_input WHERE flow_run_id IN @listed(?)",
    "DELETE FROM flow_run WHERE id IN @listed(?)",  # and, by its foreign key, flow_run_state
)
#: Whoever applies entries holds the root run; who deletes waits for that, and nothing is recorded in between.
_HELD: Final = """
SELECT id FROM flow_run WHERE id IN (SELECT root_flow_run_id FROM flow_run WHERE id IN @listed(?))
ORDER BY id @locked(flow_run)
"""
_THERE: Final = "SELECT 1 FROM flow_run WHERE id IN @listed(?) LIMIT 1"
_ENDED: Final = """
SELECT id FROM flow_run WHERE end_us IS NOT NULL AND id = root_flow_run_id AND end_us < ? ORDER BY end_us LIMIT ?
"""


def delete_part(session: Session, flow_run_ids: Collection[str], most: int) -> bool:
    """Delete flow runs with their subflow runs, task runs, logs and inputs: up to ``most`` rows, as far as that can be.

    Whether they are gone. They go last, together, and below them each run before the task run that called it: whoever
    was interrupted begins again, and finds all that is left.
    """
    wanted = list(dict.fromkeys(flow_run_ids))
    if not wanted:
        return True
    all_rows(session, _HELD, (bound(wanted),))
    for level in _below(session, wanted):
        for first in range(0, len(level), most):
            runs = level[first : first + most]
            most -= _delete_theirs(session, runs, most)
            if most <= 0:
                return False
            _delete_them(session, runs)
            most -= len(runs)
            if most <= 0:
                return False
    if _delete_theirs(session, wanted, most) >= most:
        return False
    _delete_them(session, wanted)
    return True


def _below(session: Session, wanted: list[str]) -> list[list[str]]:
    """The runs below these, what was called before whoever called it."""
    levels, seen = [wanted], set(wanted)
    while called := [id_ for (id_,) in all_rows(session, _CALLED, (bound(levels[-1]),)) if id_ not in seen]:
        levels.append(list(dict.fromkeys(called)))
        seen.update(called)
    # those whose caller is not known are found by their root, for as long as that is there
    others = [id_ for (id_,) in all_rows(session, _CHILDREN, (bound(wanted),)) if id_ not in seen]
    return [others, *reversed(levels[1:])]


def _delete_theirs(session: Session, runs: Collection[str], most: int) -> int:
    """Up to ``most`` rows of what there may be much of; how many those were."""
    given = {"runs": bound(list(runs)), "most": most}
    session.execute(_LOGS, given)
    deleted = session.changes()
    if deleted < most:
        task_runs = [id_ for (id_,) in all_rows(session, _TASK_RUNS, {**given, "most": most - deleted})]
        for sql in _OF_TASK_RUNS if task_runs else ():
            session.execute(sql, (bound(task_runs),))
        deleted += len(task_runs)
    return deleted


def _delete_them(session: Session, runs: Collection[str]) -> None:
    given = bound(list(runs))
    for sql in _OF_FLOW_RUNS:
        session.execute(sql, (given,))


def delete_flow_runs(session: Session, flow_run_ids: Collection[str]) -> None:
    """All of it at once."""
    delete_part(session, flow_run_ids, _ALL)


def are_there(session: Session, flow_run_ids: Collection[str]) -> bool:
    """Whether any of them is."""
    return scalar(session, _THERE, (bound(list(flow_run_ids)),)) is not None


def delete_ended_before(session: Session, moment: int, limit: int) -> int:
    """Delete root runs that ended before a moment, the oldest first; returns how many."""
    ended = [id_ for (id_,) in all_rows(session, _ENDED, (moment, limit))]
    delete_flow_runs(session, ended)
    return len(ended)
