"""The entries of a run's journal: everything that happens in a run, one small immutable fact each.

An entry is written as a JSON array in the order of its fields. The store reads the fields by position, from the same
declaration, so the two cannot drift apart. Adding a field means adding it at the end, with a default; an old journal
then still applies.

``root`` is the root flow run that a fact belongs to ("" for a task called outside any flow); the store checks the
root's epoch before it believes an entry. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """One fact; subclasses say which."""

    kind: ClassVar[int]


class RootHeld(Entry, frozen=True):
    """A root run's epoch, under which the entries that follow are written.

    The process holds the run from here on, unless ``shared``: then another does, of which this one is a child.
    """

    kind = 1
    root: str
    epoch: int
    shared: bool = False


class FlowRunCreated(Entry, frozen=True):
    """A flow run exists. The same fact told twice changes nothing."""

    kind = 2
    root: str
    id: str
    flow_id: str
    flow_name: str
    name: str
    parent_task_run_id: str | None
    parameters: Any
    tags: list[str]
    created_us: int
    flow_version: str | None = None
    entrypoint: str | None = None
    empirical_policy: Any = None
    labels: Any = None
    on_lease_lost: str = "continue"
    expected_start_us: int | None = None
    deployment_id: str | None = None
    kept_parameters: str | None = None


class FlowRunStateSet(Entry, frozen=True):
    """A flow run came into a state. ``ordinal`` counts the run's states from 0 without a gap."""

    kind = 3
    root: str
    flow_run_id: str
    ordinal: int
    state_id: str
    type: str
    name: str
    message: str | None
    timestamp_us: int
    run_count: int
    details: Any = None
    result: str | None = None


class TaskRunStarted(Entry, frozen=True):
    """A task run exists and its body is about to start. Written before the body runs."""

    kind = 4
    root: str
    id: str
    flow_run_id: str | None
    name: str
    task_key: str
    dynamic_key: str
    tags: list[str]
    inputs: Any
    created_us: int
    start_us: int
    run_count: int
    task_version: str | None = None
    empirical_policy: Any = None
    parent_task_run_id: str | None = None
    flow_run_run_count: int = 1
    child_flow_run_id: str | None = None
    at_most_once: bool = False


class TaskRunStateSet(Entry, frozen=True):
    """A task run came into a state that is neither its first nor its last: a retry waits, a pause begins."""

    kind = 5
    root: str
    id: str
    type: str
    name: str
    message: str | None
    timestamp_us: int
    run_count: int
    details: Any = None


class TaskRunEnded(Entry, frozen=True):
    """A task run is over. Written after its result is safe and before its value is handed on."""

    kind = 6
    root: str
    id: str
    type: str
    name: str
    message: str | None
    end_us: int
    run_count: int
    run_time_us: int
    result: str | None = None
    details: Any = None


class LogWritten(Entry, frozen=True):
    """A line that a run logged."""

    kind = 7
    root: str
    flow_run_id: str | None
    task_run_id: str | None
    logger: str
    level: int
    timestamp_us: int
    message: str


class TaskRunCreated(Entry, frozen=True):
    """A task run exists and waits: for its upstream, for a slot, or for ever if its upstream did not complete."""

    kind = 8
    root: str
    id: str
    flow_run_id: str | None
    name: str
    task_key: str
    dynamic_key: str
    tags: list[str]
    inputs: Any
    created_us: int
    state_name: str
    message: str | None
    task_version: str | None = None
    empirical_policy: Any = None
    parent_task_run_id: str | None = None
    child_flow_run_id: str | None = None


ENTRY_TYPES: Final[dict[int, type[Entry]]] = {
    entry.kind: entry
    for entry in (
        RootHeld,
        FlowRunCreated,
        FlowRunStateSet,
        TaskRunStarted,
        TaskRunStateSet,
        TaskRunEnded,
        LogWritten,
        TaskRunCreated,
    )
}

encode: Final = msgspec.json.Encoder().encode


class Batch(msgspec.Struct, frozen=True):
    """Consecutive entries of one producer, as they go to the store: applied whole, once, or refused.

    ``payloads`` are encoded entries with their kinds, in the order they were written. ``roots`` maps each root run
    that occurs to the epoch the producer holds it under.
    """

    producer: str
    first_seq: int
    last_seq: int
    payloads: list[tuple[int, bytes]]
    roots: dict[str, int]
