"""Deleting what is old, a little at a time: no statement here touches more than a given number of rows, as far as that
can be (a flow run's states go with it)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.store import artifact_versions, removing
from tidemill.store.asking import all_rows
from tidemill.store.fields import bound
from tidemill.store.histories import BUCKET_US

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

#: Root runs of which all has been over for long: a deployment's run that one asked for may outlast it.
_OVER: Final = """
SELECT root.id FROM flow_run AS root
WHERE root.end_us IS NOT NULL AND root.id = root.root_flow_run_id AND root.end_us < :before
    AND NOT EXISTS (SELECT 1 FROM flow_run AS part WHERE part.root_flow_run_id = root.id
        AND (part.end_us IS NULL OR part.end_us >= :before))
ORDER BY root.end_us LIMIT 1
"""
_OF_ROOT: Final = "SELECT id FROM flow_run WHERE root_flow_run_id = :root"
_LONE_TASK_RUNS: Final = """
DELETE FROM task_run WHERE seq IN (
    SELECT seq FROM task_run WHERE flow_run_id IS NULL AND end_us < :before LIMIT :most)
"""
_LONE_LOGS: Final = """
DELETE FROM log WHERE seq IN (
    SELECT seq FROM log WHERE flow_run_id IS NULL AND timestamp_us < :before AND (task_run_id IS NULL
        OR NOT EXISTS (SELECT 1 FROM task_run WHERE task_run.id = log.task_run_id)) LIMIT :most)
"""
_OF_RUNS: Final = "artifact.flow_run_id IN @listed(:runs)"
_LONE_ARTIFACTS: Final = """
artifact.flow_run_id IS NOT NULL AND artifact.created_us < :before
    AND NOT EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = artifact.flow_run_id)"""
#: The next runs that have log lines, by id, from one to the next through the index; and whether they are gone.
_LOGGED: Final = """
WITH RECURSIVE logged (id, place) AS (
    SELECT (SELECT min(flow_run_id) FROM log WHERE flow_run_id > :after), 1
    UNION ALL
    SELECT (SELECT min(flow_run_id) FROM log WHERE flow_run_id > logged.id), logged.place + 1
    FROM logged WHERE logged.id IS NOT NULL AND logged.place < :most
)
SELECT id, NOT EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = logged.id) FROM logged WHERE id IS NOT NULL
ORDER BY id
"""
_LOGS_OF_GONE: Final = """
DELETE FROM log WHERE seq IN (
    SELECT seq FROM log WHERE flow_run_id IN @listed(:runs) AND timestamp_us < :before LIMIT :most)
"""
_LONE_REPORTS: Final = """
DELETE FROM late_report WHERE seq IN (
    SELECT seq FROM late_report WHERE NOT EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = late_report.root)
    LIMIT :most)
"""
_STATUSES: Final = """
DELETE FROM told_status WHERE NOT EXISTS (SELECT 1 FROM work_pool WHERE work_pool.id = told_status.id)
    AND NOT EXISTS (SELECT 1 FROM work_queue WHERE work_queue.id = told_status.id)
    AND NOT EXISTS (SELECT 1 FROM deployment WHERE deployment.id = told_status.id)
"""
_TALLIES_HELD: Final = """
SELECT writer FROM flow_run_tally WHERE bucket < :bucket
ORDER BY bucket, state_type, state_name, below, writer @locked(flow_run_tally)
"""
#: What several connections counted may come to nothing together.
_EMPTY_TALLIES: Final = """
DELETE FROM flow_run_tally WHERE bucket < :bucket AND (bucket, state_type, state_name, below) IN (
    SELECT alike.bucket, alike.state_type, alike.state_name, alike.below FROM flow_run_tally AS alike
    WHERE alike.bucket < :bucket GROUP BY alike.bucket, alike.state_type, alike.state_name, alike.below
    HAVING sum(alike.runs) = 0)
"""
_CACHED: Final = """
DELETE FROM task_run_state_cache WHERE seq IN (
    SELECT seq FROM task_run_state_cache WHERE expires_us < :now LIMIT :most)
"""
_PRODUCERS: Final = """
DELETE FROM producer WHERE id IN (
    SELECT producer.id FROM producer WHERE producer.ended_us < :before
        AND NOT EXISTS (SELECT 1 FROM flow_run WHERE flow_run.holder = producer.id AND flow_run.end_us IS NULL)
        AND NOT EXISTS (SELECT 1 FROM task_run WHERE task_run.holder = producer.id AND task_run.end_us IS NULL)
    LIMIT :most)
"""
_EVENTS: Final = """
DELETE FROM event WHERE seq IN (
    SELECT seq FROM event WHERE occurred_us < :before AND name NOT IN @listed(:kept) ORDER BY occurred_us LIMIT :most)
"""
_EVENTS_OF: Final = """
DELETE FROM event WHERE seq IN (
    SELECT seq FROM event WHERE name = :name AND occurred_us < :before ORDER BY occurred_us LIMIT :most)
"""


def delete_part_of_old_run(session: Session, before: int, most: int) -> bool:
    """Delete up to ``most`` rows of the root run that was over first, before a moment; False if there is none."""
    found = all_rows(session, _OVER, {"before": before})
    if not found:
        return False
    ((root,),) = found
    runs = bound([id_ for (id_,) in all_rows(session, _OF_ROOT, {"root": root})])
    left = most - artifact_versions.remove_all(session, _OF_RUNS, {"runs": runs}, most)
    if left > 0:
        removing.delete_part(session, [root], left)
    return True


def delete_lone_rows(session: Session, before: int, now: int, most: int) -> int:
    """Delete what belongs to no run, or to one that is gone; how many rows those were."""
    deleted = 0
    for sql in (_LONE_TASK_RUNS, _LONE_LOGS, _PRODUCERS):
        session.execute(sql, {"before": before, "most": most})
        deleted += session.changes()
    deleted += artifact_versions.remove_all(session, _LONE_ARTIFACTS, {"before": before}, most)
    session.execute(_LONE_REPORTS, {"most": most})
    deleted += session.changes()
    session.execute(_CACHED, {"now": now, "most": most})
    deleted += session.changes()
    forget_empty_tallies(session, before)
    session.execute(_STATUSES)  # at most one row for each thing that was deleted
    return deleted


def delete_logs_of_gone_runs(session: Session, after: str, before: int, most: int) -> str:
    """Delete up to ``most`` lines, older than a moment, of runs that are gone, or never were, behind a run's id.

    Looks at as many runs. Returns behind which id to go on; empty when all were looked at.
    """
    rows = all_rows(session, _LOGGED, {"after": after, "most": most})
    gone = [id_ for id_, is_gone in rows if is_gone]
    if gone:
        session.execute(_LOGS_OF_GONE, {"runs": bound(gone), "before": before, "most": most})
        if session.changes() == most:
            return after or " "  # before every id
    return str(rows[-1][0]) if len(rows) == most else ""


def forget_empty_tallies(session: Session, before: int) -> None:
    """Delete the tallies of runs expected before a moment of which none is left. SQLite has mostly none."""
    given = {"bucket": before // BUCKET_US}
    session.execute(_TALLIES_HELD, given).fetchall()
    session.execute(_EMPTY_TALLIES, given)


def delete_events(session: Session, before: int, most: int, *, except_named: Collection[str]) -> int:
    """Delete up to ``most`` events that occurred before a moment; how many those were."""
    session.execute(_EVENTS, {"before": before, "most": most, "kept": bound(sorted(except_named))})
    return session.changes()


def delete_events_named(session: Session, name: str, before: int, most: int) -> int:
    """Delete up to ``most`` events of one name that occurred before a moment; how many those were."""
    session.execute(_EVENTS_OF, {"name": name, "before": before, "most": most})
    return session.changes()
