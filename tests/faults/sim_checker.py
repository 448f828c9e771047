"""The invariants, asked of a simulated history. Their names are those of ``checker``, where what they mean is told."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from tests.faults.checker import BEGUN, FLOW_RUNS, STATES, TASK_RUNS, paths_of
from tests.faults.rebuilding import rebuilt_from
from tests.faults.sim_machine import drained
from tests.faults.simulation import path_of
from tidemill.domain.entries import ENTRY_TYPES, FlowRunStateSet
from tidemill.domain.states import TERMINAL_STATES, StateType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.sim_programs import Troubled
    from tests.faults.simulation import History, Life
    from tidemill.store.sqlite.store import SqliteStore

#: A task that waits for a slot exists before it runs.
WAITED = BEGUN | {StateType.PENDING}
OVER = frozenset(state.value for state in TERMINAL_STATES)


def complaints(history: History, usual: History) -> list[str]:
    """What does not hold; empty when all is well."""
    return [f"{check.__name__}: {complaint}" for check in CHECKS for complaint in check(history, usual)]


def rows(store: SqliteStore, sql: str) -> list[tuple]:
    with store._connections.reading() as connection:
        return list(connection.execute(sql))


def i2_no_body_starts_after_its_recorded_completion(history: History, _usual: History) -> Iterator[str]:
    for number, life in enumerate(history.lives):
        _, called_anew = _failed_for_want_of_a_record(history, life)
        again = set(life.finished_before) & set(life.begun) - called_anew
        if again:
            yield f"{sorted(again)} had completed before life {number}, and began again"


def i2_within_a_life_a_body_that_does_not_fail_starts_once(history: History, _usual: History) -> Iterator[str]:
    steady = {run.path for run in every(history.program) if not (run.fails or run.always or run.times_out)}
    for number, life in enumerate(history.lives):
        callers, called_anew = _failed_for_want_of_a_record(history, life)
        for path, times in Counter(life.begun).items():
            if times > 1 and path in steady - callers - called_anew:
                yield f"{path} began {times} times in life {number}"


def _failed_for_want_of_a_record(history: History, life: Life) -> tuple[set[str], set[str]]:
    """Who may begin again: whose entry was refused and whoever called it; and what a task among these calls.

    A flow that is retried finds what its calls gave; a task that is retried makes its calls anew. What was gathered with
    one that failed may not have begun when its caller is retried at once, and nobody can wait for what has not begun.
    """
    names = {run.id: run.flow_name for run in history.store.find_flow_runs(limit=-1)}
    names |= {run.id: path_of(run.task_key) for run in history.store.find_task_runs(limit=-1)}
    runs = {run.path: run for run in every(history.program)}
    failed: set[str] = set()
    for kind, payload in life.refused:
        entry = msgspec.json.decode(payload, type=ENTRY_TYPES[kind])
        named = path_of(getattr(entry, "task_key", "")) or getattr(entry, "flow_name", "")
        ids = [getattr(entry, name, None) for name in ("id", "task_run_id", "flow_run_id", "root")]
        known = [names[id_] for id_ in ids if names.get(id_) in runs]
        whose = named if named in runs else next(iter(known), history.program.path)
        failed |= {path for path in runs if whose.startswith(path)}
    failed |= {run.path for caller in failed if not runs[caller].delay for run in _gathered_with(runs[caller], failed)}
    tasks = tuple(path for path in failed if not runs[path].is_flow)
    return failed, {path for path in runs if path.startswith(tasks)}


def _gathered_with(caller: Troubled, failed: set[str]) -> Iterator[Troubled]:
    for together, children in caller.groups:
        if together and any(child.path in failed for child in children):
            for child in children:
                yield from every(child)


def every(run: Troubled) -> Iterator[Troubled]:
    yield run
    for _, children in run.groups:
        for child in children:
            yield from every(child)


def i3_states_form_a_legal_gapless_path(history: History, _usual: History) -> Iterator[str]:
    yield from paths_of(history.store, WAITED)
    ordinals: dict[str, list[int]] = {}
    for flow_run, ordinal, *_ in rows(history.store, STATES):
        ordinals.setdefault(flow_run, []).append(ordinal)
    for flow_run, found in ordinals.items():
        if found != list(range(len(found))):
            yield f"the states of flow run {flow_run} are numbered {found}"


def i4_only_who_was_taken_for_dead_is_not_believed(history: History, _usual: History) -> Iterator[str]:
    excused = {
        journal.producer
        for life, journal in zip(history.lives, history.journals, strict=True)
        if life.faults.comes_late or life.refused
    }
    for producer, *row in rows(history.store, "SELECT producer, entry_seq, kind, reason FROM late_report"):
        if producer not in excused:
            yield f"an entry was refused: {row}"


def i5_everything_comes_to_an_end(history: History, _usual: History) -> Iterator[str]:
    roots = [row for row in rows(history.store, FLOW_RUNS) if row[0] == row[1]]
    if len(roots) != 1:
        yield f"{len(roots)} root runs were made of one"
    for row in rows(history.store, FLOW_RUNS):
        if row[3] not in OVER:
            yield f"flow run {row[2]} is {row[3]} after {len(history.lives)} lives"
    for row in rows(history.store, TASK_RUNS):
        if row[3] not in OVER:
            yield f"task run {row[2]} is {row[3]} after {len(history.lives)} lives"


def i6_no_slot_is_left_taken(history: History, _usual: History) -> Iterator[str]:
    for row in rows(history.store, "SELECT limit_id, lease_id, slots FROM concurrency_slot"):
        yield f"slots are still taken: {row}"


def i8_values_are_those_of_a_run_without_faults(history: History, usual: History) -> Iterator[str]:
    if history.value != usual.value:
        yield f"the value is {history.value!r}, not {usual.value!r}"
    for number, life in enumerate(() if "refuses" in history.harmed else history.lives):
        if not (isinstance(life.value, BaseException) or life.value in (usual.value, "Suspended")):
            yield f"life {number} was given {life.value!r}, not {usual.value!r}"


def i10_the_read_model_can_be_made_again(history: History, _usual: History) -> Iterator[str]:
    if _decided(history):
        return  # decisions of the store, and the moment at which they came, stand in no journal
    sources = [(journal.producer, journal.until_buried()) for journal in history.journals]
    with rebuilt_from(sources, random.Random(history.seed)) as store:
        for journal in history.journals:
            drained(journal, store)  # what comes late changes nothing
        for sql in (FLOW_RUNS, STATES, TASK_RUNS):
            again, stored = rows(store, sql), rows(history.store, sql)
            for one, other in zip(stored, again, strict=False):
                if one != other:
                    yield f"stored {one}, made again from the journals {other}"
            if len(stored) != len(again):
                yield f"{len(stored)} rows, {len(again)} made again"


def _decided(history: History) -> bool:
    """Whether a person, or the store, moved a run: all other states are told in a journal, or a burial's."""
    told = {
        msgspec.json.decode(payload, type=FlowRunStateSet).state_id
        for journal in history.journals
        for kind, payload in journal.records
        if kind == FlowRunStateSet.kind
    }
    states = rows(history.store, "SELECT id, name FROM flow_run_state")
    return any(id_ not in told and name != "Crashed" for id_, name in states)


CHECKS = (
    i2_no_body_starts_after_its_recorded_completion,
    i2_within_a_life_a_body_that_does_not_fail_starts_once,
    i3_states_form_a_legal_gapless_path,
    i4_only_who_was_taken_for_dead_is_not_believed,
    i5_everything_comes_to_an_end,
    i6_no_slot_is_left_taken,
    i8_values_are_those_of_a_run_without_faults,
    i10_the_read_model_can_be_made_again,
)
