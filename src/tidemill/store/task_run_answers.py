"""Task runs as they are answered over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.store.answering import (
    EMPTY_OBJECT,
    SECOND_US,
    details_of,
    estimated_delta,
    estimated_run_time,
    moment,
    raw,
    state,
    task_run_policy,
)
from tidemill.store.rows import task_state_id
from tidemill.wire.task_runs import TaskRun

if TYPE_CHECKING:
    from tidemill.wire.states import State

SELECTED: Final = """
    task_run.dynamic_key, task_run.id, task_run.task_key, task_run.cache_expiration_us, task_run.cache_key,
    task_run.created_us, task_run.empirical_policy, task_run.end_us, task_run.expected_start_us, task_run.flow_run_id,
    task_run.flow_run_run_count, task_run.labels, task_run.name, task_run.next_scheduled_start_us, task_run.run_count,
    task_run.start_us, task_run.state_id, task_run.state_name, task_run.state_type, task_run.state_us,
    task_run.state_message, task_run.state_details, task_run.state_data, task_run.tags, task_run.task_inputs,
    task_run.task_version, task_run.total_run_time_us, task_run.child_flow_run_id, @length(task_run.past_states)"""


def task_run(row: tuple[Any, ...], now: int) -> TaskRun:
    """From SELECTED. ``now``: until when a running run has run, and a run that waits is late."""
    (dynamic_key, id_, task_key, cache_expiration, cache_key, created, policy, end, expected, flow_run_id,
     flow_run_run_count, labels, name, next_start, run_count, start, state_id, state_name, state_type, state_us,
     message, details, data, tags, inputs, version, total, child, earlier) = row  # fmt: skip
    state_id = state_id or task_state_id(id_, earlier)
    said = details_of(details, flow_run_id, id_)
    if said.child_flow_run_id is None:
        said.child_flow_run_id = child
    present = state(state_id, state_type, state_name, message, state_us, said, data)
    expected = created if expected is None else expected
    taken: Any = EMPTY_OBJECT if inputs is None else raw(inputs)
    return TaskRun(  # by position, in the order of the fields: there are many of these
        dynamic_key, id_, task_key, moment(cache_expiration), cache_key, moment(created), task_run_policy(policy),
        moment(end), estimated_run_time(total, state_type, state_us, now),
        estimated_delta(start, expected, state_type, now), moment(expected), flow_run_id, flow_run_run_count,
        raw(labels), name, moment(next_start), run_count, moment(start), present, state_id, state_name, state_type,
        raw(tags), taken, version, total / SECOND_US, moment(state_us),
    )  # fmt: skip


_decode: Final = msgspec.json.Decoder().decode


def past_states(task_run_id: str, flow_run_id: str | None, text: str) -> list[State]:
    """The states before the present one, oldest first; from the column of that name."""
    found = []
    for number, (kind, name, message, timestamp, _run_count, details, *told) in enumerate(_decode(text)):
        id_, data = told or (None, None)
        said = details_of(None if details is None else msgspec.json.encode(details).decode(), flow_run_id, task_run_id)
        id_ = id_ or task_state_id(task_run_id, number)
        kept = None if data is None else msgspec.json.encode(data).decode()
        found.append(state(id_, kind, name, message, timestamp, said, kept))
    return found
