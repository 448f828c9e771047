"""Flow runs that somebody asks for: made in their first state, once for each idempotency key of a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.labels import OF_DEPLOYMENT, OF_FLOW
from tidemill.domain.orchestration.facts import FlowRunFacts, RunPolicy, run_policy
from tidemill.store.asking import all_rows, one_row, scalar
from tidemill.store.errors import MissingError
from tidemill.store.fields import bound
from tidemill.store.flow_run_answers import RUN_COLUMNS, SELECTED, STATE_COLUMNS, STATE_JOINED, flow_run, with_pools
from tidemill.store.judged_flow_runs import judge_first, moved, perform, state_row
from tidemill.store.transitions import save_state

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import ProposedState
    from tidemill.store.judging import Circumstances
    from tidemill.store.session import Session
    from tidemill.wire.flow_runs import FlowRunResponse
    from tidemill.wire.policies import FlowRunPolicy


class NewFlowRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a flow run is made from; ids are texts."""

    id: str
    flow_id: str
    name: str
    parameters: dict[str, Any] = {}
    context: dict[str, Any] = {}
    tags: list[str] = []
    labels: dict[str, Any] = {}
    empirical_policy: FlowRunPolicy | None = None
    flow_version: str | None = None
    deployment_id: str | None = None
    deployment_version: str | None = None
    parent_task_run_id: str | None = None
    idempotency_key: str | None = None
    work_queue_id: str | None = None
    work_queue_name: str | None = None
    infrastructure_document_id: str | None = None
    job_variables: dict[str, Any] | None = None
    created_by: dict[str, Any] | None = None
    auto_scheduled: bool = False


#: Labels that say where a run comes from.
_NO_POLICY: Final = RunPolicy()
_COLUMNS: Final = (
    *(name for name in RUN_COLUMNS if name != "updated_us"), "updated_us", "next_ordinal", "root_flow_run_id",
)  # fmt: skip
_INSERT: Final = f"INSERT INTO flow_run ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
_END: Final = "UPDATE flow_run SET end_us = :end_us WHERE id = :id"
_INSERT_ONCE: Final = f"{_INSERT} ON CONFLICT (flow_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING"
_OF_KEY: Final = f"""
SELECT {SELECTED} FROM flow_run {STATE_JOINED} WHERE flow_run.flow_id = :flow_id AND flow_run.idempotency_key = :key
"""
_ROOT: Final = """
SELECT up.root_flow_run_id FROM task_run JOIN flow_run AS up ON up.id = task_run.flow_run_id WHERE task_run.id = :parent
"""


def make_flow_run(
    session: Session,
    new: NewFlowRun,
    proposed: ProposedState,
    around: Circumstances,
    *,
    flow_labels: dict[str, str],
) -> tuple[FlowRunResponse, bool]:
    """The flow run, and whether it was made now. ``flow_labels``: of flows that this transaction asked for, by id.

    Raises MissingError where there is no such flow.
    """
    labels = flow_labels.get(new.flow_id)
    if labels is None:
        labels = flow_labels[new.flow_id] = _labels_of(session, new.flow_id)
    if new.idempotency_key is not None and (made := _of_key(session, new, around.now)) is not None:
        return made, False
    facts = FlowRunFacts(
        id=new.id,
        deployment_id=new.deployment_id,
        parent_task_run_id=new.parent_task_run_id,
        policy=_NO_POLICY if new.empirical_policy is None else run_policy(msgspec.to_builtins(new.empirical_policy)),
    )
    judgement = judge_first(facts, proposed, around)
    assert judgement.state is not None
    state_id = judgement.state.id or around.new_id()
    row = _row(session, new, labels, around) | moved(judgement.run, judgement.state, state_id, around)
    del row["now"]
    if new.idempotency_key is None:
        session.tell(_INSERT, row | {"end_us": None})
    else:
        session.execute(_INSERT_ONCE, row | {"end_us": None})
    if new.idempotency_key is not None and not session.changes():  # another server made it just now
        made = _of_key(session, new, around.now)
        assert made is not None
        return made, False
    if row["end_us"] is not None:  # set by itself, since that is what is counted (step 12 of the schema)
        session.tell(_END, {"id": new.id, "end_us": row["end_us"]})
    state = state_row(new.id, 0, state_id, judgement)
    save_state(session, state)
    perform(session, judgement.effects, around)
    told = [row[name] for name in RUN_COLUMNS] + [getattr(state, name) for name in STATE_COLUMNS]
    return with_pools(session, [flow_run(tuple(told), around.now)])[0], True


def _labels_of(session: Session, flow_id: str) -> str:
    labels: str | None = scalar(session, "SELECT labels FROM flow WHERE id = :id", {"id": flow_id})
    if labels is None:
        raise MissingError(f"no flow has the id {flow_id}, so it has no runs. Make the flow first: POST /api/flows/")
    return labels


def _of_key(session: Session, new: NewFlowRun, now: int) -> FlowRunResponse | None:
    rows = all_rows(session, _OF_KEY, {"flow_id": new.flow_id, "key": new.idempotency_key})
    return with_pools(session, [flow_run(rows[0], now)])[0] if rows else None


def _row(session: Session, new: NewFlowRun, flow_labels: str, around: Circumstances) -> dict[str, Any]:
    labels = {} if flow_labels == "{}" else msgspec.json.decode(flow_labels)
    labels |= {OF_FLOW: new.flow_id}
    root = new.id
    if new.deployment_id is not None:
        labels[OF_DEPLOYMENT] = new.deployment_id
    if new.parent_task_run_id is not None:
        above = one_row(session, _ROOT, {"parent": new.parent_task_run_id})
        root = new.id if above is None else above[0]
    return {
        "id": new.id,
        "flow_id": new.flow_id,
        "auto_scheduled": int(new.auto_scheduled),
        "context": _json(new.context),
        "created_us": around.now,
        "created_by": None if new.created_by is None else bound(new.created_by),
        "deployment_id": new.deployment_id,
        "deployment_version": new.deployment_version,
        "empirical_policy": "{}" if new.empirical_policy is None else bound(new.empirical_policy),
        "flow_version": new.flow_version,
        "idempotency_key": new.idempotency_key,
        "infrastructure_document_id": new.infrastructure_document_id,
        "infrastructure_pid": None,
        "job_variables": None if new.job_variables is None else bound(new.job_variables),
        "labels": bound(labels | new.labels),
        "name": new.name,
        "parameters": _json(new.parameters),
        "parent_task_run_id": new.parent_task_run_id,
        "tags": "[]" if not new.tags else bound(new.tags),
        "updated_us": around.now,
        "work_queue_id": new.work_queue_id,
        "work_queue_name": new.work_queue_name,
        "next_ordinal": 1,
        "root_flow_run_id": root,
    }


def _json(value: dict[str, Any]) -> str:
    return bound(value) if value else "{}"
