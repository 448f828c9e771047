"""Where a server looks for runs whose client never said that it lives: everything that could still have been heard.

A run and all that it called, and was called by, are one client's or wait for one another: they are heard of together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.store.asking import all_rows
from tidemill.store.neglected import Standing

if TYPE_CHECKING:
    from tidemill.store.session import Session

#: Clients' clocks that go so far wrong are not believed.
_CLOCKS_APART_US: Final = 3600 * 1_000_000
#: Who renews a lease gives it minutes or hours; one without an end is renewed by nobody.
_LONGEST_LEASE_US: Final = 24 * 3600 * 1_000_000

_TREE: Final = "SELECT id FROM flow_run WHERE root_flow_run_id = :root"
_FLOW_RUNS: Final = """
SELECT id, state_id, state_us FROM flow_run
WHERE state_type = 'RUNNING' AND holder IS NULL AND state_us <= :before AND id > :after
ORDER BY id LIMIT :most
"""
#: Of nobody's flow run. Those that wait for their time, or to be tried again, are nobody's neglect.
_TASK_RUNS: Final = """
SELECT id, state_id, state_us FROM task_run
WHERE holder IS NULL AND end_us IS NULL AND flow_run_id IS NULL AND state_us <= :before
    AND state_type NOT IN ('SCHEDULED', 'PAUSED') AND id > :after
ORDER BY id LIMIT :most
"""
#: Whoever reports by a journal has a lease, and so has who holds slots that must be renewed. What waits for a person,
#: or for a time to come, may be waited for by all around it.
_HEARD_OF_TREE: Final = f"""
SELECT EXISTS (
        SELECT 1 FROM flow_run WHERE root_flow_run_id = :root AND end_us IS NULL AND holder IS NOT NULL)
    OR EXISTS (SELECT 1 FROM flow_run WHERE root_flow_run_id = :root AND state_us > :since AND state_us <= :latest)
    OR EXISTS (
        SELECT 1 FROM flow_run
        WHERE root_flow_run_id = :root AND (state_type = 'PAUSED' OR next_scheduled_start_us > :now))
    OR EXISTS (
        SELECT 1 FROM log
        WHERE flow_run_id IN ({_TREE}) AND timestamp_us > :since AND timestamp_us <= :latest)
    OR EXISTS (
        SELECT 1 FROM task_run WHERE flow_run_id IN ({_TREE}) AND state_us > :since AND state_us <= :latest)
    OR EXISTS (SELECT 1 FROM artifact WHERE flow_run_id IN ({_TREE}) AND updated_us > :since)
    OR EXISTS (
        SELECT 1 FROM event
        WHERE resource_id IN (SELECT 'prefect.flow-run.' || id FROM flow_run WHERE root_flow_run_id = :root)
            AND received_us > :since)
    OR EXISTS (
        SELECT 1 FROM event_related JOIN event ON event.seq = event_related.event
        WHERE event_related.resource_id IN (
                SELECT 'prefect.flow-run.' || id FROM flow_run WHERE root_flow_run_id = :root)
            AND event.received_us > :since)
    OR EXISTS (
        SELECT 1 FROM concurrency_slot
        JOIN flow_run ON concurrency_slot.holder IN (flow_run.id, 'flow_run:' || flow_run.id)
        WHERE flow_run.root_flow_run_id = :root
            AND concurrency_slot.lease_until_us > :now AND concurrency_slot.lease_until_us <= :longest_lease)
"""
_HEARD_OF_TASK: Final = """
SELECT EXISTS (SELECT 1 FROM log WHERE task_run_id = :id AND timestamp_us > :since AND timestamp_us <= :latest)
    OR EXISTS (SELECT 1 FROM artifact WHERE task_run_id = :id AND updated_us > :since)
    OR EXISTS (SELECT 1 FROM flow_run WHERE parent_task_run_id = :id AND end_us IS NULL)
"""


def flow_runs(session: Session, before: int, after: str, most: int) -> list[Standing]:
    """Those that run since before then, and that no journal reports; by id, behind ``after``."""
    return [Standing(*row) for row in all_rows(session, _FLOW_RUNS, {"before": before, "after": after, "most": most})]


def task_runs(session: Session, before: int, after: str, most: int) -> list[Standing]:
    """Those of no flow run that are open since before then, and that no journal reports; by id, behind ``after``."""
    return [Standing(*row) for row in all_rows(session, _TASK_RUNS, {"before": before, "after": after, "most": most})]


def heard_of(session: Session, run_id: str, since: int, now: int) -> bool:
    """Whether anything was heard since then of a flow run or one that belongs to it, or of a task run."""
    given = _given(since, now)
    for (root,) in all_rows(session, "SELECT root_flow_run_id FROM flow_run WHERE id = :id", {"id": run_id}):
        return _answered(session, _HEARD_OF_TREE, given | {"root": root})
    return _answered(session, _HEARD_OF_TASK, given | {"id": run_id})


def _given(since: int, now: int) -> dict[str, Any]:
    return {"since": since, "now": now, "latest": now + _CLOCKS_APART_US, "longest_lease": now + _LONGEST_LEASE_US}


def _answered(session: Session, sql: str, given: dict[str, Any]) -> bool:
    ((answer,),) = all_rows(session, sql, given)
    return bool(answer)
