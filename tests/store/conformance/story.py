"""Tells a store what happened, as a process's journal would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tidemill.domain.entries import (
    Batch,
    FlowRunCreated,
    FlowRunStateSet,
    LogWritten,
    RootHeld,
    TaskRunCreated,
    TaskRunEnded,
    TaskRunStarted,
    TaskRunStateSet,
    encode,
)
from tidemill.domain.identity import derived_uuid, flow_id, uuid_text
from tidemill.domain.runs import Producer
from tidemill.domain.states import DEFAULT_NAME, StateType

NOW = 1_700_000_000_000_000
SECOND = 1_000_000


def an_id(name: str) -> str:
    return uuid_text(derived_uuid(name.encode()))


class Story:
    """One producer's view; entries get numbers in the order they are told."""

    def __init__(self, store, producer: str = "producer-1", epoch: int = 1) -> None:
        self.store = store
        self.producer = producer
        self.epoch = epoch
        self.seq = 0

    def alive(self, lease_until: int = NOW + 20 * SECOND) -> Story:
        self.store.register_producer(
            Producer(id=self.producer, host="here", pid=1, beat_us=NOW, lease_until_us=lease_until)
        )
        return self

    def batch(self, *entries) -> Batch:
        first = self.seq + 1
        self.seq += len(entries)
        roots = {entry.root: self.epoch for entry in entries if entry.root}
        return Batch(self.producer, first, self.seq, [(entry.kind, encode(entry)) for entry in entries], roots)

    def tell(self, *entries) -> int:
        return self.store.apply(self.batch(*entries))

    def running(self, name: str = "run", **fields) -> str:
        """A root flow run that is Running."""
        run = an_id(name)
        self.tell(RootHeld(run, self.epoch), created(name, **fields), state(run, "RUNNING", ordinal=0))
        return run


def created(name: str = "run", *, root: str | None = None, flow: str = "etl", **fields) -> FlowRunCreated:
    run = an_id(name)
    given = {
        "flow_id": flow_id("default", flow),
        "parent_task_run_id": None,
        "parameters": {"x": 1},
        "tags": ["blue"],
        "created_us": NOW,
    } | fields
    return FlowRunCreated(root=root or run, id=run, flow_name=flow, name=name, **given)


def state(
    run: str, kind: str, *, ordinal: int = 0, name: str | None = None, at: int = NOW, root: str | None = None, **fields
):
    given = {"run_count": 1, "message": None, "state_id": an_id(f"{run} {kind} {name} {at}")} | fields
    return FlowRunStateSet(
        root=root or run,
        flow_run_id=run,
        ordinal=ordinal,
        type=kind,
        name=name or DEFAULT_NAME[StateType(kind)],
        timestamp_us=at,
        **given,
    )


def started(run: str | None, name: str = "task", *, at: int = NOW, attempt: int = 1, **fields) -> TaskRunStarted:
    given = {"task_key": "mod.task", "dynamic_key": "0", "tags": [], "inputs": {}, "created_us": at} | fields
    return TaskRunStarted(
        root=fields.pop("root", run or ""),
        id=an_id(name),
        flow_run_id=run,
        name=name,
        start_us=at,
        run_count=attempt,
        **{key: value for key, value in given.items() if key != "root"},
    )


def pending(run: str, name: str = "task", *, at: int = NOW, state_name: str = "Pending") -> TaskRunCreated:
    return TaskRunCreated(run, an_id(name), run, name, "mod.task", "0", ["t"], {}, at, state_name, None)


def waiting(run: str, name: str = "task", *, at: int = NOW, attempt: int = 1) -> TaskRunStateSet:
    return TaskRunStateSet(run, an_id(name), "SCHEDULED", "AwaitingRetry", "again", at, attempt, {"retriable": True})


def ended(
    run: str | None, name: str = "task", kind: str = "COMPLETED", *, at: int = NOW + SECOND, attempt: int = 1, **fields
):
    given = {"message": None, "run_time_us": SECOND, "result": None} | fields
    return TaskRunEnded(
        root=run or "",
        id=an_id(name),
        type=kind,
        name=DEFAULT_NAME[StateType(kind)],
        end_us=at,
        run_count=attempt,
        **given,
    )


def line(run: str | None, message: str, *, task: str | None = None, level: int = 20, at: int = NOW) -> LogWritten:
    return LogWritten(run or "", run, an_id(task) if task else None, "tidemill.flow_runs", level, at, message)


def tell_from_threads(store) -> None:
    """Six threads, each with a run of its own that has ten lines, which each looks at while it writes them."""

    def tell(number: int) -> None:
        story = Story(store, f"producer-{number}")
        run = story.running(f"run-{number}")
        for k in range(10):
            story.tell(line(run, f"{k}"))
            assert store.read_flow_run(run).id == run

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(tell, range(6)))
