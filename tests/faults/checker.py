"""What must hold whatever was killed when: the invariants of the reliability design, one function each.

I1 acknowledged is stored · I2 no body starts after its recorded completion · I3 states form a legal, gapless path ·
I4 nothing of an old epoch is believed · I5 nothing is left running · I6 no slot is left taken · I8 values are those of a
run without faults · I10 the read model can be made again from the journals. I7 needs schedules, I9 load: other tests.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import apsw

from tests.faults.effects import count
from tests.faults.rebuilding import rebuilt
from tests.faults.sample import UNKEPT
from tidemill.api.embedded import Home
from tidemill.domain.states import IllegalTransitionError, StateType, check_transition
from tidemill.results.defaults import keeper_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.harness import Evidence
    from tidemill.domain.runs import RunState
    from tidemill.store.sqlite.store import SqliteStore

STATES = "SELECT flow_run_id, ordinal, type, name, run_count FROM flow_run_state ORDER BY 1, 2"
FLOW_RUNS = """SELECT id, root_flow_run_id, name, state_type, state_name, run_count, next_ordinal, end_us IS NULL,
    parameters, kept_parameters, epoch FROM flow_run ORDER BY 1"""
TASK_RUNS = """SELECT id, flow_run_id, name, state_type, state_name, run_count, flow_run_run_count, end_us IS NULL,
    result, state_details, holder, parent_task_run_id, child_flow_run_id,
    (SELECT group_concat(value ->> '$[0]' || ':' || (value ->> '$[1]') || ':' || (value ->> '$[4]'))
     FROM json_each(past_states)) FROM task_run ORDER BY 1"""

#: A process may die between making a flow run and giving it its first state.
START = frozenset({StateType.PENDING, StateType.CRASHED})
BEGUN = frozenset({StateType.RUNNING})


def complaints(evidence: Evidence, unharmed: Evidence) -> list[str]:
    """What does not hold; empty when all is well."""
    return [f"{check.__name__}: {complaint}" for check in CHECKS for complaint in check(evidence, unharmed)]


def every_life_ended_as_told(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for number, life in enumerate(evidence.lives):
        if life.status and not life.killed:
            yield f"life {number} ({life.armed or 'unarmed'}) ended with exit code {life.status}"
    if evidence.lives[-1].status:
        yield "the last life, which nobody killed, did not come to its end"


def i1_acknowledged_is_stored(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for number, life in enumerate(evidence.lives[1:], 1):
        if not _looked(life):
            continue
        stored = Counter(run["name"] for run in life.found_tasks if run["type"] == "COMPLETED")
        for told_in in range(number):
            for name, times in count(evidence.effects_of(told_in), "got").items():
                if stored[name] < _distinct(evidence, name, times):
                    yield f"life {told_in} was given {name!r} {times} times; life {number} found {stored[name]}"


def _distinct(evidence: Evidence, name: str, times: int) -> int:
    """A retry of the flow is given the same call's value again; only that many calls of a name exist."""
    return min(times, _calls(evidence)[name])


def _calls(evidence: Evidence) -> Counter[str]:
    with apsw.Connection(str(evidence.home / "tidemill.db"), flags=apsw.SQLITE_OPEN_READONLY) as connection:
        names = connection.execute("SELECT name FROM task_run WHERE child_flow_run_id IS NULL").fetchall()
    return Counter(name for (name,) in names)


def i1_a_crash_is_seen_at_once(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for number, life in enumerate(evidence.lives[1:], 1):
        for run in life.found:
            if run["type"] not in {"CRASHED", "COMPLETED", "FAILED"}:
                yield f"life {number} found flow run {run['name']!r} {run['type']}: its process was dead"
        for run in life.found_tasks:
            if run["type"] in {"RUNNING", "SCHEDULED", "PENDING"}:
                yield f"life {number} found task run {run['name']!r} {run['type']}: its process was dead"


def i2_no_body_starts_after_its_recorded_completion(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    """In each life only what was not yet completed begins; a call cut off by a kill may begin once more in the next."""
    calls = _calls(evidence)
    kept: Counter[str] = Counter()
    for number, life in enumerate(evidence.lives[1:], 1):
        kept |= Counter(run["name"] for run in life.found_tasks if run["type"] == "COMPLETED" and run["kept"])
        begun = count(evidence.effects_of(number), "begin")
        for name, times in kept.items():
            tries = begun[name] if not name.startswith("flaky") or times == calls[name] else 0
            if tries > calls[name] - times:
                yield f"{name!r} had completed {times} of {calls[name]} times before life {number}, and began {tries} times in it"


def i2_a_kill_costs_one_body_at_most(evidence: Evidence, unharmed: Evidence) -> Iterator[str]:
    usual, begun = count(unharmed.effects, "begin"), count(evidence.effects, "begin")
    for name, times in begun.items():
        if not name.startswith((UNKEPT, "measure")) and times > usual[name] + len(evidence.lives) - 1:
            yield f"{name!r} began {times} times in {len(evidence.lives)} lives; {usual[name]} times in one"
        if name.startswith("once") and times > 1:
            yield f"{name!r} is at_most_once and began {times} times"


def i3_states_form_a_legal_gapless_path(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    with _opened(evidence) as home:
        yield from paths_of(home.store)
    ordinals: dict[str, list[int]] = {}
    for flow_run, ordinal, *_ in _rows(evidence, STATES):
        ordinals.setdefault(flow_run, []).append(ordinal)
    for flow_run, found in ordinals.items():
        if found != list(range(len(found))):
            yield f"the states of flow run {flow_run} are numbered {found}"


def paths_of(store: SqliteStore, begun: frozenset[StateType] = BEGUN) -> Iterator[str]:
    """What is wrong with the order of any run's states; ``begun`` is how a task run may begin."""
    for run in store.find_flow_runs(limit=-1):
        yield from _path(f"flow run {run.name!r}", store.flow_run_states(run.id), START)
    for task_run in store.find_task_runs(limit=-1):
        yield from _path(f"task run {task_run.name!r}", store.task_run_states(task_run.id), begun)


def _path(whose: str, states: list[RunState], first: frozenset[StateType]) -> Iterator[str]:
    if len({state.id for state in states}) < len(states):
        yield f"{whose} took a state twice"
    before: StateType | None = None
    for state in states:
        if before is None and state.type not in first:
            yield f"{whose} began as {state.name}"
        if before is not None:
            try:
                check_transition(before, state.type, new_attempt=True)
            except IllegalTransitionError as error:
                yield f"{whose}: {error}"
        before = state.type


def i4_nothing_of_an_old_epoch_is_believed(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for seq, kind, reason in _rows(evidence, "SELECT entry_seq, kind, reason FROM late_report"):
        yield f"entry {seq} (kind {kind}) was refused, though its process was dead before anybody else came: {reason}"
    claims = len(evidence.lives)
    for (epoch,) in _rows(evidence, "SELECT epoch FROM flow_run WHERE id = root_flow_run_id"):
        if epoch > 2 * claims:
            yield f"the root run is at epoch {epoch} after {claims} lives"


def i5_nothing_is_left_running(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for id_, _root, name, kind, *_ in _rows(evidence, FLOW_RUNS):
        if kind != "COMPLETED":
            yield f"flow run {name!r} ({id_}) is {kind} at the end"
    for id_, _flow, name, kind, *_ in _rows(evidence, TASK_RUNS):
        if kind not in {"COMPLETED", "FAILED"} and not (kind == "CRASHED" and name.startswith("once")):
            yield f"task run {name!r} ({id_}) is {kind} at the end"
    roots = [row for row in _rows(evidence, FLOW_RUNS) if row[0] == row[1]]
    if len(roots) != 1:
        yield f"{len(roots)} root runs were made of one"
    left = list((evidence.home / "journal").glob("*.log"))
    if left:
        yield f"{len(left)} journals are neither drained nor set aside: {left}"


def i6_no_slot_is_left_taken(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for row in _rows(evidence, "SELECT limit_id, lease_id, slots FROM concurrency_slot"):
        yield f"slots are still taken: {row}"


def i8_values_are_those_of_a_run_without_faults(evidence: Evidence, unharmed: Evidence) -> Iterator[str]:
    if evidence.lives[-1].value != unharmed.lives[-1].value:
        yield f"the flow's value is {evidence.lives[-1].value}, not {unharmed.lives[-1].value}"
    keeper = keeper_of(evidence.home)
    values, usual = _kept(evidence, keeper.load), _kept(unharmed, keeper_of(unharmed.home).load)
    for name, value in values.items():
        if not name.startswith("once") and value != usual.get(name):
            yield f"{name!r} keeps {value}, not {usual.get(name)}"


def _kept(evidence: Evidence, load: Any) -> dict[str, list[str]]:
    kept: dict[str, list[str]] = {}
    for name, text in _rows(evidence, "SELECT name, result FROM task_run WHERE result IS NOT NULL ORDER BY 1"):
        kept.setdefault(name, []).append(repr(load(text)))
    return kept


def i10_the_read_model_can_be_made_again(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    with rebuilt(evidence.home, evidence.seed) as store:
        for sql in (FLOW_RUNS, STATES, TASK_RUNS):
            with store._connections.reading() as connection:
                again = {(row[0], row[1]): row for row in connection.execute(sql)}
            stored = {(row[0], row[1]): row for row in _rows(evidence, sql)}
            for key in stored.keys() | again.keys():
                if stored.get(key) != again.get(key):
                    yield f"stored {stored.get(key)}, made again from the journals {again.get(key)}"


def the_flow_is_told_nothing_untrue(evidence: Evidence, _unharmed: Evidence) -> Iterator[str]:
    for number, life in enumerate(evidence.lives):
        for warning in life.warnings:
            if "were not made again" in warning:
                yield f"life {number} made the same calls, and was warned: {warning}"


CHECKS = (
    every_life_ended_as_told,
    i1_acknowledged_is_stored,
    i1_a_crash_is_seen_at_once,
    i2_no_body_starts_after_its_recorded_completion,
    i2_a_kill_costs_one_body_at_most,
    i3_states_form_a_legal_gapless_path,
    i4_nothing_of_an_old_epoch_is_believed,
    i5_nothing_is_left_running,
    i6_no_slot_is_left_taken,
    i8_values_are_those_of_a_run_without_faults,
    i10_the_read_model_can_be_made_again,
    the_flow_is_told_nothing_untrue,
)


def _looked(life: Any) -> bool:
    """Did it live long enough to note what it found?"""
    return bool(life.found or life.found_tasks or life.status == 0)


def _rows(evidence: Evidence, sql: str) -> list[tuple[Any, ...]]:
    with apsw.Connection(str(evidence.home / "tidemill.db"), flags=apsw.SQLITE_OPEN_READONLY) as connection:
        return list(connection.execute(sql))


class _opened:
    def __init__(self, evidence: Evidence) -> None:
        self._home = Home(evidence.home)

    def __enter__(self) -> Home:
        return self._home

    def __exit__(self, *_: object) -> None:
        self._home.close()
