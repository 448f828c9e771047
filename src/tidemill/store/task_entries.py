"""Task runs: from a batch's entries to rows.

A task run is one row. Nearly always its start and its end are in the same batch, so they are folded into one insert.
What is left over (a lone end, a state in between, another attempt) is applied in *waves*: a wave has at most one step
for each task run, so each wave is three statements over all of them.

A step that the table of transitions does not have changes nothing. That there was one shows in the count of rows
changed; which one it was is looked for only then.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from tidemill.domain.entries import TaskRunCreated, TaskRunEnded, TaskRunStarted, TaskRunStateSet
from tidemill.domain.states import LEGAL, REOPENING, TERMINAL_STATES
from tidemill.store.fields import array, array_of_arrays, columns
from tidemill.store.past_states import NOT_TOLD, PAST_WITH_PRESENT, with_present_behind
from tidemill.store.task_refusals import not_taken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from tidemill.store.session import Session


def _types(types: AbstractSet[str]) -> str:
    return "(" + ", ".join(f"'{name}'" for name in sorted(types)) + ")"


def _legal(old: str, new: str) -> str:
    """SQL for: the table of transitions leads from one state to the other within an attempt."""
    return "(" + " OR ".join(f"{old} = '{k}' AND {new} IN {_types(v)}" for k, v in LEGAL.items() if k and v) + ")"


#: The kinds of entries that are about task runs.
KINDS: Final = frozenset({TaskRunCreated.kind, TaskRunStarted.kind, TaskRunStateSet.kind, TaskRunEnded.kind})
_TERMINAL: Final = _types(TERMINAL_STATES)
#: Who was taken for dead speaks only for what it holds, and begins nothing anew that was ended for it.
_MAY_BEGIN: Final = "(NOT :buried OR task_run.holder = :producer)"
_s: Final = columns(TaskRunStarted, "$[0]")
_e: Final = columns(TaskRunEnded, "$[1]")
_c: Final = columns(TaskRunCreated)
_set: Final = columns(TaskRunStateSet)
_end: Final = columns(TaskRunEnded)

_RUNNING_AGAIN: Final = "CASE task_run.state_name WHEN 'AwaitingRetry' THEN 'Retrying' ELSE 'Running' END"
_RAN_AGAIN: Final = f"@array('RUNNING', {_RUNNING_AGAIN}, NULL, excluded.start_us, excluded.run_count, NULL)"

_START: Final = f"""
INSERT INTO task_run (
    id, flow_run_id, holder, name, task_key, dynamic_key, task_version, tags, task_inputs, empirical_policy,
    parent_task_run_id, child_flow_run_id, at_most_once, flow_run_run_count, run_count, created_us, start_us, end_us,
    total_run_time_us, state_type, state_name, state_message, state_us, state_details, past_states, result)
SELECT id, flow_run_id, CASE WHEN end_us IS NULL THEN :producer END, name, task_key, dynamic_key, task_version, tags,
    task_inputs, empirical_policy, parent_task_run_id, child_flow_run_id, at_most_once, flow_run_run_count, run_count,
    created_us, start_us, end_us, run_time_us, coalesce(state_type, 'RUNNING'), coalesce(state_name, 'Running'),
    state_message, coalesce(end_us, start_us), state_details,
    CASE WHEN end_us IS NULL THEN '[]'
        ELSE '[["RUNNING","Running",null,' || start_us || ',' || run_count || ',null]]' END, result
FROM (
    SELECT {_s["id"]} AS id, {_s["flow_run_id"]} AS flow_run_id, {_s["name"]} AS name, {_s["task_key"]} AS task_key,
        {_s["dynamic_key"]} AS dynamic_key, {_s["task_version"]} AS task_version, {_s["tags"]} AS tags,
        {_s["inputs"]} AS task_inputs, {_s["empirical_policy"]} AS empirical_policy,
        {_s["parent_task_run_id"]} AS parent_task_run_id, {_s["child_flow_run_id"]} AS child_flow_run_id,
        {_s["at_most_once"]} AS at_most_once, {_s["flow_run_run_count"]} AS flow_run_run_count,
        {_s["run_count"]} AS run_count, {_s["created_us"]} AS created_us, {_s["start_us"]} AS start_us,
        {_e["end_us"]} AS end_us, coalesce({_e["run_time_us"]}, 0) AS run_time_us, {_e["type"]} AS state_type,
        {_e["name"]} AS state_name, {_e["message"]} AS state_message, {_e["details"]} AS state_details,
        {_e["result"]} AS result
    FROM @each(:steps, step)
    @evaluated_once()
) AS step WHERE true
ON CONFLICT (id) DO UPDATE SET
    past_states = CASE WHEN excluded.end_us IS NULL THEN {PAST_WITH_PRESENT} ELSE {with_present_behind(_RAN_AGAIN)} END,
    {NOT_TOLD}, state_type = excluded.state_type,
    state_name = CASE WHEN excluded.end_us IS NULL THEN {_RUNNING_AGAIN} ELSE excluded.state_name END,
    state_message = excluded.state_message, state_us = excluded.state_us, state_details = excluded.state_details,
    holder = excluded.holder, run_count = excluded.run_count, flow_run_run_count = excluded.flow_run_run_count,
    start_us = coalesce(task_run.start_us, excluded.start_us), end_us = excluded.end_us,
    total_run_time_us = task_run.total_run_time_us + excluded.total_run_time_us,
    child_flow_run_id = coalesce(excluded.child_flow_run_id, task_run.child_flow_run_id),
    result = excluded.result
WHERE {_MAY_BEGIN}
"""

_CREATE: Final = f"""
INSERT INTO task_run (
    id, flow_run_id, holder, name, task_key, dynamic_key, task_version, tags, task_inputs, empirical_policy,
    parent_task_run_id, child_flow_run_id, flow_run_run_count, run_count, created_us, state_type,
    state_name, state_message, state_us)
SELECT {_c["id"]}, {_c["flow_run_id"]}, CASE WHEN {_c["state_name"]} <> 'NotReady' THEN :producer END,
    {_c["name"]}, {_c["task_key"]}, {_c["dynamic_key"]},
    {_c["task_version"]}, {_c["tags"]}, {_c["inputs"]}, {_c["empirical_policy"]}, {_c["parent_task_run_id"]},
    {_c["child_flow_run_id"]}, 0, 0, {_c["created_us"]}, 'PENDING',
    {_c["state_name"]}, {_c["message"]}, {_c["created_us"]}
FROM @each(:steps, step) WHERE true
ON CONFLICT (id) DO UPDATE SET
    past_states = {PAST_WITH_PRESENT}, {NOT_TOLD},
    state_type = excluded.state_type, state_name = excluded.state_name, state_message = excluded.state_message,
    state_us = excluded.state_us, state_details = NULL, end_us = NULL,
    holder = excluded.holder
WHERE {_MAY_BEGIN}
"""

_SET_STATE: Final = f"""
UPDATE task_run SET
    past_states = {PAST_WITH_PRESENT}, {NOT_TOLD},
    state_type = step.type, state_name = step.name, state_message = step.message, state_us = step.timestamp_us,
    state_details = step.details, run_count = step.run_count,
    end_us = CASE WHEN step.type IN {_TERMINAL} THEN coalesce(task_run.end_us, step.timestamp_us) END,
    holder = CASE WHEN step.type NOT IN {_TERMINAL} THEN :producer END
FROM (
    SELECT {_set["id"]} AS id, {_set["type"]} AS type, {_set["name"]} AS name, {_set["message"]} AS message,
        {_set["timestamp_us"]} AS timestamp_us, {_set["run_count"]} AS run_count, {_set["details"]} AS details
    FROM @each(:steps, step)
) AS step
WHERE task_run.id = step.id AND (
    {_MAY_BEGIN} AND {_legal("task_run.state_type", "step.type")}
    OR task_run.state_type = 'COMPLETED' AND step.type = 'COMPLETED' -- rolled back, by whoever completed it
    OR NOT :buried AND task_run.state_type IN {_TERMINAL} AND step.type IN {_types(REOPENING)})
"""

_END: Final = f"""
UPDATE task_run SET
    past_states = {PAST_WITH_PRESENT}, {NOT_TOLD},
    state_type = step.type, state_name = step.name, state_message = step.message, state_us = step.end_us,
    state_details = step.details, run_count = step.run_count, end_us = step.end_us, holder = NULL,
    total_run_time_us = task_run.total_run_time_us + step.run_time_us, result = step.result
FROM (
    SELECT {_end["id"]} AS id, {_end["type"]} AS type, {_end["name"]} AS name, {_end["message"]} AS message,
        {_end["end_us"]} AS end_us, {_end["run_count"]} AS run_count, {_end["run_time_us"]} AS run_time_us,
        {_end["details"]} AS details, {_end["result"]} AS result
    FROM @each(:steps, step)
) AS step
WHERE task_run.id = step.id AND task_run.end_us IS NULL AND {_MAY_BEGIN}
    AND {_legal("task_run.state_type", "step.type")}
"""


class Wave:
    """At most one step for each task run."""

    __slots__ = ("creations", "ends", "starts", "states")

    def __init__(self) -> None:
        self.creations: list[bytes] = []
        self.starts: list[bytes] = []
        self.states: list[bytes] = []
        self.ends: list[bytes] = []

    def statements(self) -> tuple[tuple[int, str, list[bytes]], ...]:
        """What is to be done, in order: a kind of entry, its statement, and the steps."""
        return (
            (TaskRunCreated.kind, _CREATE, self.creations),
            (TaskRunStarted.kind, _START, self.starts),
            (TaskRunStateSet.kind, _SET_STATE, self.states),
            (TaskRunEnded.kind, _END, self.ends),
        )


def fold(entries: Iterable[tuple[int, bytes]]) -> list[Wave]:
    """The entries of task runs as waves, in the order written; a start and the end after it become one step.

    A step of ``starts`` is a start and, where it came, behind a comma the end.
    """
    waves = [Wave()]
    taken: dict[bytes, int] = {}
    started: dict[bytes, tuple[list[bytes], int]] = {}
    for kind, entry in entries:
        if kind not in KINDS:
            continue
        task_run = entry.split(b'"', 4)[3]  # ["root","id",…
        begun = started.pop(task_run, None)
        if begun is not None and kind == TaskRunEnded.kind:
            starts, position = begun
            starts[position] += b"," + entry
            continue
        number = taken.get(task_run, 0)
        taken[task_run] = number + 1
        if number == len(waves):
            waves.append(Wave())
        wave = waves[number]
        if kind == TaskRunStarted.kind:
            started[task_run] = (wave.starts, len(wave.starts))
            wave.starts.append(entry)
        else:
            _LISTS[kind](wave).append(entry)
    return waves


_LISTS: Final = {
    TaskRunCreated.kind: attrgetter("creations"),
    TaskRunStateSet.kind: attrgetter("states"),
    TaskRunEnded.kind: attrgetter("ends"),
}


def apply_task_entries(
    session: Session, producer: str, entries: Iterable[tuple[int, bytes]], *, buried: bool
) -> list[tuple[bytes, str]]:
    """Bring the task runs' rows up to what the entries say, those of other kinds passed over.

    Returns the steps that were not taken, and why.
    ``buried``: the producer was taken for dead, and what it held was ended for it.
    """
    refused: list[tuple[bytes, str]] = []
    for wave in fold(entries):
        for kind, sql, steps in wave.statements():
            if steps:
                array_of_steps = array_of_arrays(steps) if kind == TaskRunStarted.kind else array(steps)
                session.execute(sql, {"producer": producer, "buried": buried, "steps": array_of_steps})
                if session.changes() < len(steps):
                    refused += [(steps[place], why) for place, why in not_taken(session, kind, array_of_steps)]
    return refused
