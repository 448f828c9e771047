"""Task runs that clients tell of: made in their first state, once for each flow run, task and dynamic key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.orchestration.facts import TaskRunFacts, run_policy
from tidemill.domain.orchestration.judging import judge
from tidemill.domain.orchestration.policies import MINIMAL_TASK_POLICY
from tidemill.store.asking import one_row
from tidemill.store.errors import MissingError
from tidemill.store.fields import bound
from tidemill.store.judged_task_runs import looked_up, perform, state_columns
from tidemill.store.rows import task_state_id
from tidemill.store.task_run_answers import SELECTED, task_run

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.judging import Circumstances
    from tidemill.store.session import Session
    from tidemill.wire.policies import TaskRunPolicy
    from tidemill.wire.task_runs import TaskRun


class NewTaskRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a task run is made from; ids are texts, times microseconds."""

    id: str
    flow_run_id: str | None
    name: str
    task_key: str
    dynamic_key: str
    tags: list[str] = []
    labels: dict[str, Any] = {}
    empirical_policy: TaskRunPolicy | None = None
    task_inputs: dict[str, Any] = {}
    task_version: str | None = None
    cache_key: str | None = None
    cache_expiration_us: int | None = None


_INSERT: Final = """
INSERT INTO task_run (
    id, flow_run_id, told, name, task_key, dynamic_key, task_version, tags, labels, task_inputs, empirical_policy,
    cache_key, cache_expiration_us, flow_run_run_count, created_us, run_count, start_us, end_us, expected_start_us,
    next_scheduled_start_us, total_run_time_us, state_type, state_name, state_message, state_us, state_details,
    state_data)
VALUES (
    :id, :flow_run_id, 1, :name, :task_key, :dynamic_key, :task_version, :tags, :labels, :task_inputs, :policy,
    :cache_key, :cache_expiration_us, :flow_run_run_count, :now, :run_count, :start_us, :end_us, :expected_start_us,
    :next_scheduled_start_us, :total_run_time_us, :state_type, :state_name, :message, :state_us, :details, :data)
ON CONFLICT DO NOTHING
"""
_THE_SAME: Final = f"""
SELECT {SELECTED} FROM task_run WHERE coalesce(flow_run_id, '') = :flow_run_id AND task_key = :task_key
    AND dynamic_key = :dynamic_key AND told = 1
"""
_BY_ID: Final = f"SELECT {SELECTED} FROM task_run WHERE task_run.id = :id"


def make_task_run(
    session: Session, new: NewTaskRun, proposed: ProposedState, around: Circumstances
) -> tuple[TaskRun, bool]:
    """The task run, and whether it was made now. Raises MissingError where there is no such flow run."""
    if new.flow_run_id is not None and not _has_flow_run(session, new.flow_run_id):
        raise MissingError(f"no flow run has the id {new.flow_run_id}, so it has no task runs")
    policy = {} if new.empirical_policy is None else msgspec.to_builtins(new.empirical_policy)
    facts = TaskRunFacts(
        id=new.id,
        policy=run_policy(policy),
        flow_run_id=new.flow_run_id,
        task_key=new.task_key,
        tags=tuple(new.tags),
    )
    judgement = judge(
        MINIMAL_TASK_POLICY, facts, proposed, looked_up(session, MINIMAL_TASK_POLICY, facts, proposed, around)
    )
    row = state_columns(judgement) | {
        "id": new.id,
        "flow_run_id": new.flow_run_id,
        "name": new.name,
        "task_key": new.task_key,
        "dynamic_key": new.dynamic_key,
        "task_version": new.task_version,
        "tags": bound(new.tags),
        "labels": bound(new.labels),
        "task_inputs": bound(new.task_inputs) if new.task_inputs else None,
        "policy": bound(policy) if policy else None,
        "cache_key": new.cache_key,
        "cache_expiration_us": new.cache_expiration_us,
        "flow_run_run_count": judgement.run.flow_run_attempt,
        "now": around.now,
    }
    session.execute(_INSERT, row)
    made = session.changes() > 0
    if made:
        perform(session, judgement, task_state_id(new.id, 0), around)
    return _read(session, new, around.now, made=made), made


def _has_flow_run(session: Session, flow_run_id: str) -> bool:
    return one_row(session, "SELECT 1 FROM flow_run WHERE id = :id", {"id": flow_run_id}) is not None


def _read(session: Session, new: NewTaskRun, now: int, *, made: bool) -> TaskRun:
    row = None
    if not made:
        key = {"flow_run_id": new.flow_run_id or "", "task_key": new.task_key, "dynamic_key": new.dynamic_key}
        row = one_row(session, _THE_SAME, key)
    row = row or one_row(session, _BY_ID, {"id": new.id})
    assert row is not None
    return task_run(row, now)
