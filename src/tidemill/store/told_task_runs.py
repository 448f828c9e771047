"""Task runs whose states are told as events, by clients that run tasks without asking first.

Their states are taken in the order in which they occurred. One that comes late, behind a newer one of its task run,
changes nothing; it is kept as an event. So is one whose flow run is gone. When a state occurred is said by the client's
clock, which may go wrong by minutes: it is compared with that of states which were told so too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

import msgspec

from tidemill.domain.events import RESOURCE_ID, RESOURCE_ROLE, TASK_RUN
from tidemill.domain.states import DEFAULT_NAME, TERMINAL_STATES, StateType, to_us
from tidemill.store.answering import task_run_policy
from tidemill.store.asking import all_rows
from tidemill.store.errors import StoreBusyError
from tidemill.store.fields import bound
from tidemill.store.readable import complaint_about_details, complaint_about_policy
from tidemill.wire.events import TaskRunTold, ToldEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tidemill.store.session import Session
    from tidemill.wire.events import Event

_decode: Final = msgspec.json.Decoder(TaskRunTold).decode
#: How a UUID is kept.
_AS_WRITTEN: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_encode: Final = msgspec.json.Encoder().encode
_decode_states: Final = msgspec.json.Decoder(list[list[Any]]).decode

_PRESENT: Final = """
SELECT id, past_states, state_type, state_name, state_message, state_us, run_count, state_details,
    state_id, state_data
FROM task_run WHERE id IN @listed(:ids) ORDER BY id @locked(task_run)
"""
_FLOW_RUNS: Final = "SELECT id FROM flow_run WHERE id IN @listed(:ids)"
_COLUMNS: Final = (
    ("id", "text"), ("flow_run_id", "text"), ("name", "text"), ("task_key", "text"), ("dynamic_key", "text"),
    ("task_version", "text"), ("tags", "json"), ("task_inputs", "json"), ("empirical_policy", "json"),
    ("flow_run_run_count", "int"), ("run_count", "int"), ("created_us", "int"), ("start_us", "int"), ("end_us", "int"),
    ("total_run_time_us", "int"), ("state_type", "text"), ("state_name", "text"), ("state_message", "text"),
    ("state_us", "int"), ("state_details", "json"), ("past_states", "json"), ("state_id", "text"),
    ("state_data", "json"),
)  # fmt: skip
_NAMES: Final = [name for name, _ in _COLUMNS]
#: What a task run was made as stays.
_STAYS: Final = {"id", "flow_run_id", "task_key", "dynamic_key", "created_us"}
_SAVE: Final = f"""
INSERT INTO task_run ({", ".join(_NAMES)})
SELECT {", ".join(f"@field(told, $[{place}], {kind})" for place, (_, kind) in enumerate(_COLUMNS))}
FROM @each(:runs, told) WHERE true ORDER BY @place(told)
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES if name not in _STAYS)},
    holder = NULL
WHERE task_run.id IN @listed(:known)
"""
_SEQS: Final = "SELECT id, seq FROM task_run WHERE id IN @listed(:ids)"
#: The events of the states have the ids under which they were told.
_NAME_EVENT: Final = """
UPDATE event SET id = :id, received_us = :now, follows = :follows WHERE task_run = :task_run AND ordinal = :ordinal
"""

#: A client may say any number; ten thousand years are enough.
_LONGEST_SECONDS: Final = 10_000 * 366 * 86_400

#: What a task run is in before it begins.
_ASKED_FOR: Final = frozenset({StateType.SCHEDULED, StateType.PENDING})

#: As in ``task_run.past_states``: type, name, message, time, run count, details, id, data.
_State = list[Any]
_ID: Final = 6


class _Told(NamedTuple):
    task_run_id: str
    flow_run_id: str | None
    occurred_us: int
    event: ToldEvent | Event
    payload: TaskRunTold


class _Progress:
    """A task run's way through its states; of one that nobody has heard of, none yet."""

    __slots__ = ("last", "names", "states")

    def __init__(self, states: list[_State]) -> None:
        self.states = states
        self.last: _Told | None = None
        self.names: list[tuple[str, int, str, str | None]] = []

    def take(self, told: _Told) -> bool:
        """Whether the state is not older than the present one."""
        kind = told.payload.validated_state.type
        if self.states and not self._leads_to(kind, told.occurred_us):
            return False
        state = told.payload.validated_state
        follows = told.event.follows
        self.names.append(
            (
                told.task_run_id,
                len(self.states),
                str(told.event.id).lower(),
                None if follows is None else str(follows).lower(),
            )
        )
        details = {name: value for name, value in (state.state_details or {}).items() if value is not None}
        self.states.append(
            [
                kind,
                state.name or DEFAULT_NAME[kind],
                state.message or None,
                told.occurred_us,
                told.payload.task_run.run_count,
                details or None,
                str(told.event.id),
                state.data,
            ]
        )
        self.last = told
        return True

    def _leads_to(self, kind: StateType, occurred_us: int) -> bool:
        present_type, present_us = self.states[-1][0], self.states[-1][3]
        if not _was_told(self.states[-1]) and present_type in _ASKED_FOR and kind not in _ASKED_FOR:
            # it was asked for, of us and by our clock, and now it was begun
            return all(occurred_us > state[3] for state in self.states if _was_told(state))
        if occurred_us == present_us:
            return present_type not in TERMINAL_STATES or kind in TERMINAL_STATES
        return bool(occurred_us > present_us)

    def row(self) -> list[Any]:
        """What the table keeps of it, in the order of ``_COLUMNS``."""
        assert self.last is not None
        told, run = self.last, self.last.payload.task_run
        kind, name, message, timestamp, run_count, details, state_id, data = self.states[-1]
        start = _us(run.start_time)
        end = (_us(run.end_time) or timestamp) if kind in TERMINAL_STATES else None
        return [
            told.task_run_id, told.flow_run_id, run.name or run.task_key, run.task_key, run.dynamic_key,
            run.task_version, run.tags, run.task_inputs, run.empirical_policy, run.flow_run_run_count, run_count,
            _us(run.expected_start_time) or self.states[0][3], start, end, _length_us(run.total_run_time),
            kind, name, message, timestamp, details, self.states[:-1], state_id, data,
        ]  # fmt: skip


def may_be_among(events: Iterable[ToldEvent | Event]) -> bool:
    """Whether any of them may tell of a task run: then it matters which of them are new."""
    return any(one.event.startswith(TASK_RUN) for one in events)


def take(session: Session, events: Sequence[ToldEvent | Event], now: int) -> list[ToldEvent | Event]:
    """Bring task runs up to what the events say. Returns those that were not taken so: they are only events.

    Raises StoreBusyError where another server hears of a new task run at the same moment.
    """
    told, rest = _sort_out(events)
    if not told:
        return rest
    alive = _there(session, {one.flow_run_id for one in told if one.flow_run_id is not None})
    runs = {row[0]: _Progress(_states(row)) for row in _present(session, {one.task_run_id for one in told})}
    known = list(runs)
    for one in sorted(told, key=lambda one: one.occurred_us):
        gone = one.flow_run_id is not None and one.flow_run_id not in alive
        if gone or not runs.setdefault(one.task_run_id, _Progress([])).take(one):
            rest.append(one.event)
    moved = [run for run in runs.values() if run.last is not None]
    if moved:
        session.execute(_SAVE, {"runs": bound([run.row() for run in moved]), "known": bound(known)})
        if session.changes() < len(moved):
            raise StoreBusyError(
                "another server was told of a new task run at the same moment; it is safe to try again"
            )
        _name_events(session, moved, now)
    return rest


def _name_events(session: Session, moved: list[_Progress], now: int) -> None:
    ids = [run.names[0][0] for run in moved]
    seqs: dict[str, int] = dict(all_rows(session, _SEQS, {"ids": bound(ids)}))
    session.executemany(
        _NAME_EVENT,
        [
            {"task_run": seqs[run_id], "ordinal": ordinal, "id": id_, "follows": follows, "now": now}
            for run in moved
            for run_id, ordinal, id_, follows in run.names
        ],
    )


def _sort_out(events: Sequence[ToldEvent | Event]) -> tuple[list[_Told], list[ToldEvent | Event]]:
    told, rest = [], []
    for one in events:
        found = _task_run_of(one) if one.event.startswith(TASK_RUN) else None
        if found is None:
            rest.append(one)
        else:
            told.append(found)
    return told, rest


def _task_run_of(event: ToldEvent | Event) -> _Told | None:
    """None where it does not say enough to be a task run's state: then it is an event and nothing more."""
    about = event.resource.get(RESOURCE_ID, "")
    task_run_id = _uuid(about.removeprefix(TASK_RUN)) if about.startswith(TASK_RUN) else None
    if task_run_id is None:
        return None
    try:
        raw = event.payload if isinstance(event, ToldEvent) else _encode(event.payload)
        payload = _decode(raw)
    except msgspec.ValidationError:
        return None
    state, run = payload.validated_state, payload.task_run
    details = {name: value for name, value in (state.state_details or {}).items() if value is not None}
    if complaint_about_details(details) or complaint_about_policy(run.empirical_policy, task_run_policy):
        return None
    return _Told(task_run_id, _flow_run_of(event.related), to_us(event.occurred), event, payload)


def _flow_run_of(related: Iterable[dict[str, str]]) -> str | None:
    for one in related:
        if one.get(RESOURCE_ROLE) == "flow-run":
            return _uuid(one.get(RESOURCE_ID, "").rpartition(".")[2])
    return None


@lru_cache(maxsize=10_000)
def _uuid(text: str) -> str | None:
    try:
        return text if _AS_WRITTEN(text) else str(UUID(text))
    except ValueError:
        return None


def _there(session: Session, flow_runs: set[str]) -> set[str]:
    return {id_ for (id_,) in all_rows(session, _FLOW_RUNS, {"ids": bound(sorted(flow_runs))})}


def _present(session: Session, task_runs: set[str]) -> list[Any]:
    return all_rows(session, _PRESENT, {"ids": bound(sorted(task_runs))})


def _states(row: Any) -> list[_State]:
    _, past, kind, name, message, timestamp, run_count, details, state_id, data = row
    present = [kind, name, message, timestamp, run_count, _plain(details), state_id, _plain(data)]
    return [*_decode_states(past), present]


def _plain(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)


def _was_told(state: _State) -> bool:
    return len(state) > _ID and state[_ID] is not None


def _length_us(seconds: float) -> int:
    return round(min(max(0.0, seconds), _LONGEST_SECONDS) * 1_000_000)


def _us(moment: Any) -> int | None:
    return None if moment is None else to_us(moment)
