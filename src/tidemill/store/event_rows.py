"""From rows to events. That of a run's state is made from the run's row; one that was told is what was told."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from tidemill.domain.events import (
    FOLLOWS_WITHIN_US,
    Related,
    StateTaken,
    flow_run_payload,
    related_to,
    resource_of,
    task_run_payload,
)
from tidemill.domain.states import from_us
from tidemill.store.answering import task_run_policy
from tidemill.store.rows import task_state_id
from tidemill.wire.events import ReceivedEvent

_decode: Final = msgspec.json.Decoder().decode
_SECOND_US: Final = 1_000_000


class EventRow(NamedTuple):
    """A row of EVENT_COLUMNS: the event, its task run, the flow run, the flow, the flow run's state and that before."""

    seq: int
    name: str
    occurred_us: int
    ordinal: int | None
    id: str | None
    received_us: int | None
    follows: str | None
    resource: str | None
    related: str | None
    payload: str | None
    of_task_run: int | None
    task_run_id: str | None
    task_run_name: str | None
    past_states: str | None
    state_type: str | None
    state_name: str | None
    state_message: str | None
    state_us: int | None
    run_count: int | None
    state_details: str | None
    tags: str | None
    task_key: str | None
    dynamic_key: str | None
    task_version: str | None
    empirical_policy: str | None
    task_inputs: str | None
    flow_run_run_count: int | None
    created_us: int | None
    start_us: int | None
    end_us: int | None
    total_run_time_us: int | None
    parent_task_run_id: str | None
    state_id: str | None
    flow_run_id: str | None
    flow_run_name: str | None
    flow_run_tags: str | None
    deployment_id: str | None
    flow_run_parent: str | None
    flow_run_parent_name: str | None
    deployment_name: str | None
    work_queue_id: str | None
    work_queue_name: str | None
    work_pool_id: str | None
    work_pool_name: str | None
    flow_id: str | None
    flow_name: str | None
    taken_id: str | None
    taken_type: str | None
    taken_name: str | None
    taken_message: str | None
    taken_us: int | None
    taken_run_count: int | None
    taken_details: str | None
    before_id: str | None
    before_type: str | None
    before_name: str | None
    before_message: str | None
    before_us: int | None
    before_run_count: int | None
    before_details: str | None


_STATE: Final = "{0}.id, {0}.type, {0}.name, {0}.message, {0}.timestamp_us, {0}.run_count, {0}.details"
EVENT_COLUMNS: Final = f"""
    event.seq, event.name, event.occurred_us, event.ordinal, event.id, event.received_us, event.follows,
    event.resource, event.related, event.payload, event.task_run,
    task_run.id, task_run.name, task_run.past_states, task_run.state_type, task_run.state_name, task_run.state_message,
    task_run.state_us, task_run.run_count, task_run.state_details, task_run.tags, task_run.task_key,
    task_run.dynamic_key, task_run.task_version, task_run.empirical_policy, task_run.task_inputs,
    task_run.flow_run_run_count, task_run.created_us, task_run.start_us, task_run.end_us, task_run.total_run_time_us,
    task_run.parent_task_run_id, task_run.state_id,
    flow_run.id, flow_run.name, flow_run.tags, flow_run.deployment_id, flow_run.parent_task_run_id,
    (SELECT parent.name FROM task_run AS parent WHERE parent.id = flow_run.parent_task_run_id),
    (SELECT deployment.name FROM deployment WHERE deployment.id = flow_run.deployment_id),
    work_queue.id, work_queue.name, work_pool.id, work_pool.name, flow.id, flow.name,
    {_STATE.format("taken")}, {_STATE.format("previous")}
"""
EVENT_FROM: Final = """
    event LEFT JOIN task_run ON task_run.seq = event.task_run
    LEFT JOIN flow_run
        ON flow_run.seq = coalesce(event.flow_run, (SELECT seq FROM flow_run WHERE id = task_run.flow_run_id))
    LEFT JOIN flow ON flow.id = flow_run.flow_id
    LEFT JOIN work_queue ON work_queue.id = flow_run.work_queue_id
    LEFT JOIN work_pool ON work_pool.id = work_queue.work_pool_id
    LEFT JOIN flow_run_state AS taken ON event.flow_run IS NOT NULL
        AND taken.flow_run_id = flow_run.id AND taken.ordinal = event.ordinal
    LEFT JOIN flow_run_state AS previous ON event.flow_run IS NOT NULL
        AND previous.flow_run_id = flow_run.id AND previous.ordinal = event.ordinal - 1
"""


def event(values: tuple[Any, ...]) -> ReceivedEvent:
    """From a row of EVENT_COLUMNS."""
    row = EventRow(*values)
    if row.of_task_run is not None:
        return _of_task_run(row)
    if row.resource is None:
        return _of_flow_run(row)
    return ReceivedEvent(
        event=row.name,
        id=_text(row.id),
        occurred=from_us(row.occurred_us),
        resource=_decode(row.resource),
        follows=row.follows,
        payload=_object(row.payload),
        received=_received(row),
        related=_decode(row.related or "[]"),
    )


def _of_flow_run(row: EventRow) -> ReceivedEvent:
    state = _taken(row[46:53])
    before = _taken(row[53:60]) if row.before_id is not None else None
    near = before is not None and state.timestamp_us - before.timestamp_us <= FOLLOWS_WITHIN_US
    things = [
        Related("flow", row.flow_id, row.flow_name),
        *_of_deployment(row),
        Related("task-run", row.flow_run_parent, row.flow_run_parent_name),
    ]
    return ReceivedEvent(
        event=row.name,
        id=_text(row.taken_id),
        occurred=from_us(row.occurred_us),
        resource=resource_of("flow-run", _text(row.flow_run_id), _text(row.flow_run_name), state),
        follows=row.before_id if near else None,
        payload=flow_run_payload(before, state),
        received=_received(row),
        related=related_to(things, [_decode(row.flow_run_tags or "[]")]),
    )


def _of_deployment(row: EventRow) -> list[Related]:
    return [
        Related("deployment", row.deployment_id, row.deployment_name),
        Related("work-queue", row.work_queue_id, row.work_queue_name),
        Related("work-pool", row.work_pool_id, row.work_pool_name),
    ]


def _of_task_run(row: EventRow) -> ReceivedEvent:
    id_, number = _text(row.task_run_id), row.ordinal or 0
    states, ids = _states(row), _state_ids(row, id_)
    state, before = states[number], states[number - 1] if number else None
    things = [
        Related("flow-run", row.flow_run_id, row.flow_run_name),
        Related("flow", row.flow_id, row.flow_name),
        *_of_deployment(row),
        Related("task-run", row.parent_task_run_id),
    ]
    tags = [_decode(row.tags or "[]"), _decode(row.flow_run_tags or "[]")]
    near = before is not None and state.timestamp_us - before.timestamp_us <= FOLLOWS_WITHIN_US
    told = row.id is not None
    return ReceivedEvent(
        event=row.name,
        id=row.id or ids[number],
        occurred=from_us(row.occurred_us),
        resource=resource_of("task-run", id_, _text(row.task_run_name), state) | {"prefect.orchestration": "client"},
        follows=row.follows if told else ids[number - 1] if near else None,
        payload=task_run_payload(before, state, _task_run(row, state)),
        received=_received(row),
        related=related_to(things, tags),
    )


def _states(row: EventRow) -> list[StateTaken]:
    past = [
        StateTaken(kind, name, message, timestamp, run_count or 0, details or {})
        for kind, name, message, timestamp, run_count, details, *_ in _decode(row.past_states or "[]")
    ]
    details = _object(row.state_details)
    present = StateTaken(
        _text(row.state_type), _text(row.state_name), row.state_message, row.state_us or 0, row.run_count or 0, details
    )
    return [*past, present]


def _state_ids(row: EventRow, task_run_id: str) -> list[str]:
    """Those that were told, and for the others what follows from their numbers."""
    told = [(past[6:7] or [None])[0] for past in _decode(row.past_states or "[]")]
    return [id_ or task_state_id(task_run_id, number) for number, id_ in enumerate([*told, row.state_id])]


def _task_run(row: EventRow, state: StateTaken) -> dict[str, Any]:
    """The task run as it stood when it came into the state."""
    over = row.end_us is not None and row.end_us <= state.timestamp_us
    begun = row.start_us is not None and row.start_us <= state.timestamp_us
    said = {
        "name": row.task_run_name,
        "task_key": row.task_key,
        "dynamic_key": row.dynamic_key,
        "task_version": row.task_version,
        "empirical_policy": msgspec.to_builtins(task_run_policy(row.empirical_policy)),
        "tags": _decode(row.tags or "[]"),
        "labels": {},
        "task_inputs": _object(row.task_inputs),
        "run_count": state.run_count,
        "flow_run_run_count": row.flow_run_run_count if begun else 0,
        "expected_start_time": from_us(row.created_us or 0),
        "start_time": from_us(row.start_us or 0) if begun else None,
        "end_time": from_us(row.end_us or 0) if over else None,
        "total_run_time": (row.total_run_time_us or 0) / _SECOND_US if over else 0.0,
    }
    return {name: value for name, value in said.items() if value is not None}


def _taken(values: tuple[Any, ...]) -> StateTaken:
    _, kind, name, message, timestamp, run_count, details = values
    return StateTaken(kind, name, message, timestamp, run_count, _object(details))


def _received(row: EventRow) -> Any:
    return from_us(row.occurred_us if row.received_us is None else row.received_us)


def _object(text: str | None) -> dict[str, Any]:
    return {} if text is None else _decode(text)


def _text(value: str | None) -> str:
    assert value is not None, "an event without its run: the two are deleted together"
    return value
