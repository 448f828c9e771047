"""Where services look for runs that nobody moves on. Each question is small where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.store.asking import all_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from tidemill.store.session import Session

_HELD: Final = """EXISTS (
    SELECT 1 FROM producer
    WHERE producer.id = flow_run.holder AND producer.ended_us IS NULL AND producer.lease_until_us > :now)"""
_STATE: Final = """
JOIN flow_run_state AS state ON state.flow_run_id = flow_run.id AND state.ordinal = flow_run.next_ordinal - 1"""

_OVERDUE: Final = """
SELECT id, state_id, next_scheduled_start_us FROM flow_run
WHERE state_type = 'SCHEDULED' AND state_name = 'Scheduled' AND next_scheduled_start_us <= :before
ORDER BY next_scheduled_start_us LIMIT :most
"""
_PAUSED: Final = f"""
SELECT flow_run.id, flow_run.state_id, flow_run.state_name, @of(state.details, $.pause_timeout, text)
FROM flow_run {_STATE}
WHERE flow_run.state_type = 'PAUSED' AND state.details IS NOT NULL
    AND @of(state.details, $.pause_timeout, text) IS NOT NULL AND NOT {_HELD}
"""
_CANCELLING: Final = f"""
SELECT flow_run.id, flow_run.state_id, flow_run.state_us FROM flow_run
WHERE flow_run.state_type = 'CANCELLING' AND flow_run.state_us <= :before AND NOT {_HELD}
ORDER BY flow_run.state_us LIMIT :most
"""
_CLAIMED: Final = """
SELECT flow_run.id, flow_run.state_id, flow_run.state_us, flow_run.deployment_id IS NOT NULL,
    flow_run.infrastructure_pid IS NOT NULL, flow_run.work_queue_id IS NOT NULL,
    EXISTS (
        SELECT 1 FROM work_queue JOIN worker ON worker.work_pool_id = work_queue.work_pool_id
        WHERE work_queue.id = flow_run.work_queue_id AND worker.online_until_us >= :now),
    EXISTS (
        SELECT 1 FROM task_run JOIN flow_run AS caller ON caller.id = task_run.flow_run_id
        WHERE task_run.id = flow_run.parent_task_run_id AND caller.end_us IS NULL AND caller.state_type <> 'SCHEDULED')
FROM flow_run
WHERE flow_run.state_type = 'PENDING' AND flow_run.holder IS NULL AND flow_run.state_us <= :before
    AND flow_run.id > :after ORDER BY flow_run.id LIMIT :most
"""
_RUNNING: Final = """
SELECT id, state_id, state_us FROM flow_run
WHERE state_type = 'RUNNING' AND holder IS NULL AND state_us <= :before AND id > :after ORDER BY id LIMIT :most
"""
#: Task runs that clients told of, of a run that is over. Those that stand for a flow run follow that one, and those
#: that were put off for a task worker are its own business, unless all is cancelled.
_LEFT_TASK_RUNS: Final = """
SELECT task_run.id FROM task_run JOIN flow_run AS around ON around.id = task_run.flow_run_id
WHERE task_run.end_us IS NULL AND task_run.holder IS NULL AND around.end_us <= :before
    AND CASE WHEN around.state_type = 'CANCELLED' THEN 1 ELSE 0 END = :cancelled
    AND (around.state_type = 'CANCELLED'
        OR NOT @contains(coalesce(task_run.state_details, '') || task_run.past_states, '"deferred":true'))
    AND NOT EXISTS (
        SELECT 1 FROM flow_run AS child WHERE child.parent_task_run_id = task_run.id AND child.end_us IS NULL)
ORDER BY task_run.seq LIMIT :most
"""
#: Subflow runs likewise. What runs for a deployment has an infrastructure of its own, and is asked to end at most.
_LEFT_FLOW_RUNS: Final = """
SELECT child.id, child.state_id, child.deployment_id IS NOT NULL FROM flow_run AS child
JOIN task_run ON task_run.id = child.parent_task_run_id JOIN flow_run AS around ON around.id = task_run.flow_run_id
WHERE child.parent_task_run_id IS NOT NULL AND child.end_us IS NULL AND child.holder IS NULL
    AND around.end_us <= :before AND CASE WHEN around.state_type = 'CANCELLED' THEN 1 ELSE 0 END = :cancelled
    AND (child.deployment_id IS NULL
        OR around.state_type = 'CANCELLED' AND coalesce(child.state_type, '') <> 'CANCELLING')
ORDER BY child.parent_task_run_id LIMIT :most
"""
_TAKEN_TASK_RUNS: Final = """
SELECT task_run.id FROM task_run
WHERE task_run.holder IS NULL AND task_run.end_us IS NULL AND task_run.state_type = 'PENDING'
    AND task_run.state_us <= :before
    AND @contains(coalesce(task_run.state_details, '') || task_run.past_states, '"deferred":true')
ORDER BY task_run.seq LIMIT :most
"""
_BEATS: Final = """
SELECT received_us FROM event WHERE resource_id = :resource AND name = :name ORDER BY seq DESC LIMIT :most
"""
_OTHER_SIGNS: Final = """
SELECT (SELECT max(timestamp_us) FROM log WHERE flow_run_id = :id),
    (SELECT max(state_us) FROM task_run WHERE flow_run_id = :id)
"""
#: What a client sends while its run is under way.
HEARTBEAT: Final = "prefect.flow-run.heartbeat"
_BEATS_LOOKED_AT: Final = 4


class Overdue(NamedTuple):
    """A run that should have begun."""

    id: str
    state_id: str
    due: int


class Paused(NamedTuple):
    """A run that waits for a person, at most until then (a moment, as it was written)."""

    id: str
    state_id: str
    state_name: str
    until: str


class Standing(NamedTuple):
    """A run that has been in its state since then."""

    id: str
    state_id: str
    since: int


class Claimed(NamedTuple):
    """A run that somebody took, and what is known of who did."""

    id: str
    state_id: str
    since: int
    deployed: bool
    started: bool
    pooled: bool
    attended: bool
    within_a_live_run: bool


class LeftFlowRun(NamedTuple):
    """A subflow run whose caller is over."""

    id: str
    state_id: str | None
    deployed: bool


class Signs(NamedTuple):
    """When something was heard of a run: its latest heartbeats, its latest log line and step of a task run."""

    beats: list[int]
    others: tuple[int | None, int | None]


def overdue(session: Session, before: int, most: int) -> list[Overdue]:
    """Scheduled runs that were to begin before then, the longest due first."""
    return [Overdue(*row) for row in all_rows(session, _OVERDUE, {"before": before, "most": most})]


def paused(session: Session, now: int) -> list[Paused]:
    """Those that wait for a person, but not for ever, and that no living process waits with."""
    return [Paused(*row) for row in all_rows(session, _PAUSED, {"now": now})]


def cancelling(session: Session, before: int, now: int, most: int) -> list[Standing]:
    """Those that were asked to end before then, and that no living process is at."""
    return [Standing(*row) for row in all_rows(session, _CANCELLING, {"before": before, "now": now, "most": most})]


def claimed(session: Session, before: int, now: int, after: str, most: int) -> list[Claimed]:
    """Those that are Pending since before then, and that no journal reports; by id, behind ``after``."""
    rows = all_rows(session, _CLAIMED, {"before": before, "now": now, "after": after, "most": most})
    return [Claimed(*row[:3], *map(bool, row[3:])) for row in rows]


def running(session: Session, before: int, after: str, most: int) -> list[Standing]:
    """Those that run since before then, and that no journal reports; by id, behind ``after``."""
    return [Standing(*row) for row in all_rows(session, _RUNNING, {"before": before, "after": after, "most": most})]


def signs_of(session: Session, flow_run_id: str) -> Signs:
    """What was heard of a run."""
    wanted: dict[str, Any] = {"resource": f"prefect.flow-run.{flow_run_id}", "name": HEARTBEAT}
    beats = [at for (at,) in all_rows(session, _BEATS, wanted | {"most": _BEATS_LOOKED_AT})]
    ((log, task),) = all_rows(session, _OTHER_SIGNS, {"id": flow_run_id})
    return Signs(beats, (log, task))


def left_task_runs(session: Session, before: int, most: int, *, cancelled: bool) -> Sequence[str]:
    """Task runs that are open though their flow run was over before then: Cancelled, or not."""
    given = {"before": before, "most": most, "cancelled": int(cancelled)}
    return [id_ for (id_,) in all_rows(session, _LEFT_TASK_RUNS, given)]


def taken_task_runs(session: Session, before: int, most: int) -> Sequence[str]:
    """Task runs that a task worker took before then, and did not begin."""
    return [id_ for (id_,) in all_rows(session, _TAKEN_TASK_RUNS, {"before": before, "most": most})]


def left_flow_runs(session: Session, before: int, most: int, *, cancelled: bool) -> Sequence[LeftFlowRun]:
    """Subflow runs likewise."""
    given = {"before": before, "most": most, "cancelled": int(cancelled)}
    rows = all_rows(session, _LEFT_FLOW_RUNS, given)
    return [LeftFlowRun(id_, state_id, bool(deployed)) for id_, state_id, deployed in rows]
