"""The store of an embedded tidemill: one SQLite file, many processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.store.sqlite import decisions, inputs, limits, place, producers, reading, removing, suspending
from tidemill.store.sqlite.applying import apply_batch
from tidemill.store.sqlite.connections import Connections, MemoryConnections, open_file
from tidemill.store.sqlite.reading import AS_RECORDED, NEWEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from tidemill.domain.entries import Batch
    from tidemill.domain.runs import (
        Claim,
        ConcurrencyLimit,
        Condition,
        Flow,
        FlowRun,
        FlowRunInput,
        LateReport,
        Log,
        Order,
        Producer,
        RecordedCall,
        RunState,
        SlotHolding,
        SlotsDenied,
        SlotsGranted,
        Tally,
        TaskRun,
    )
    from tidemill.domain.states import StateType
    from tidemill.store.sqlite.limits import SlotRequest

_CALLS_PER_PAGE = 2000


class SqliteStore(suspending.Suspensions):
    """What happened, kept in SQLite. Any thread may use it; so may a forked child.

    Times are microseconds since 1970, UTC, and are the caller's: a store looks at no clock. What writes may raise
    StoreUnavailableError: nothing was changed, and trying again later may help.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @classmethod
    def open(cls, path: Path, *, vfs: str | None = None) -> Self:
        """The store in the file at ``path``, which is made if it is not there.

        Raises StoreRefusedError if something stands there that is not ours, is damaged or is newer than we are, or if
        the folder is on a network file system; the file is then left untouched.
        """
        return cls(open_file(path, vfs=vfs))

    @classmethod
    def in_memory(cls) -> Self:
        """A store of its own that is gone when it is closed; for tests."""
        return cls(MemoryConnections())

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return self._connections.where

    def close(self) -> None:
        """Let go of the file. Everything that was acknowledged is already safe."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self) -> None:
        """Look through the whole database for damage (a second per GiB); raises CorruptStoreError."""
        with self._connections.reading() as connection:
            place.check_integrity(connection, self.where)

    # ── reports ──────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, batch: Batch, *, own: bool = False) -> int:
        """Take in a batch: whole, once, in one transaction, safe on disk when this returns.

        Entries are numbered from 1; those already applied are skipped. Returns the last number applied: if that is
        not the batch's last one, entries before the batch are missing and nothing was applied; go on behind it. Entries
        of a root run that is someone else's by now, and malformed ones (not looked for in ``own``), are kept aside.
        """
        with self._connections.writing() as connection:
            return apply_batch(connection, batch, doubted=not own)

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────

    def read_flow_run(self, handle: str) -> FlowRun:
        """By id, by a beginning of the id that no other has, or by name (the newest of it).

        Raises UnknownRunError where there is none, or several.
        """
        with self._connections.reading() as connection:
            return reading.flow_run(connection, handle)

    def find_flow_runs(
        self, conditions: Sequence[Condition] = (), *, order: Order = NEWEST_FIRST, limit: int = 200, offset: int = 0
    ) -> list[FlowRun]:
        """Those for which all conditions hold; newest first unless told otherwise. A limit of -1 means all."""
        with self._connections.reading() as connection:
            return reading.find_flow_runs(connection, conditions, order, limit, offset)

    def count_flow_runs(self, conditions: Sequence[Condition] = ()) -> int:
        """How many there are for which all conditions hold."""
        with self._connections.reading() as connection:
            return reading.count_flow_runs(connection, conditions)

    def flow_run_states(self, flow_run_id: str) -> list[RunState]:
        """All its states, from the first to the present one."""
        with self._connections.reading() as connection:
            return reading.flow_run_states(connection, flow_run_id)

    def subflow_runs(self, root_flow_run_id: str) -> list[FlowRun]:
        """All flow runs below a root, to any depth, oldest first."""
        with self._connections.reading() as connection:
            return reading.tree(connection, root_flow_run_id)

    def read_task_run(self, handle: str) -> TaskRun:
        """By id, or by a beginning of the id that no other has. Raises UnknownRunError."""
        with self._connections.reading() as connection:
            return reading.task_run(connection, handle)

    def find_task_runs(
        self, conditions: Sequence[Condition] = (), *, order: Order = AS_RECORDED, limit: int = 200, offset: int = 0
    ) -> list[TaskRun]:
        """Those for which all conditions hold; in the order recorded unless told otherwise. A limit of -1 means all."""
        with self._connections.reading() as connection:
            return reading.find_task_runs(connection, conditions, order, limit, offset)

    def count_task_runs(self, conditions: Sequence[Condition] = ()) -> dict[StateType, int]:
        """How many there are for which all conditions hold, by type of state."""
        with self._connections.reading() as connection:
            return reading.count_task_runs(connection, conditions)

    def tallies(self, flow_run_id: str) -> list[Tally]:
        """What a flow run consists of, counted: its tasks, its subflow runs to any depth, and their tasks."""
        with self._connections.reading() as connection:
            return reading.tallies(connection, flow_run_id)

    def task_run_states(self, task_run_id: str) -> list[RunState]:
        """All its states, from the first to the present one."""
        with self._connections.reading() as connection:
            return reading.task_run_states(connection, task_run_id)

    def read_logs(
        self,
        conditions: Sequence[Condition] = (),
        *,
        after: int = 0,
        limit: int = 200,
        newest_first: bool = False,
    ) -> list[Log]:
        """Lines whose ``position`` is beyond ``after``, in the order recorded. A limit of -1 means all."""
        with self._connections.reading() as connection:
            return reading.logs(connection, conditions, after, limit, newest_first)

    def flows(self, name_part: str | None = None, *, limit: int = 200) -> list[Flow]:
        """By name; with a part of the name, in either case, only those that have it."""
        with self._connections.reading() as connection:
            return reading.flows(connection, name_part, limit)

    def recorded_calls(self, root_flow_run_id: str) -> Iterator[RecordedCall]:
        """Every task run and subflow run below a root; read in pages, so that nobody waits long for a reader."""
        with self._connections.reading() as connection:
            flow_runs = reading.ids_below(connection, root_flow_run_id)
            subflow_calls = reading.subflow_calls(connection, root_flow_run_id)
        yield from subflow_calls
        for flow_run in flow_runs:
            after = 0
            while True:
                with self._connections.reading() as connection:
                    page, after = reading.calls(connection, flow_run, after, _CALLS_PER_PAGE)
                yield from page
                if len(page) < _CALLS_PER_PAGE:
                    break

    def kept_result(self, run_id: str) -> str | None:
        """The text that was kept of the value of a task run or flow run; None where nothing was."""
        with self._connections.reading() as connection:
            return reading.kept_result(connection, run_id)

    def kept_parameters(self, flow_run_id: str) -> str | None:
        """The text that was kept of a root flow run's parameters; None where nothing was."""
        with self._connections.reading() as connection:
            return reading.kept_parameters(connection, flow_run_id)

    def late_reports(self, root_flow_run_id: str | None = None, *, limit: int = 200) -> list[LateReport]:
        """Entries that came too late to count, of one root run or of all."""
        with self._connections.reading() as connection:
            return reading.late_reports(connection, root_flow_run_id, limit)

    # ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────

    def claim_flow_run(self, flow_run_id: str, producer: str, now: int, *, allow: Collection[StateType]) -> Claim:
        """Take a root run over under a new epoch, if its state is one of ``allow``.

        Raises RunHeldError, saying why, where a live process holds it or its state is another.
        """
        with self._connections.writing() as connection:
            return decisions.claim(connection, flow_run_id, producer, now, allow)

    def set_flow_run_state(
        self,
        flow_run_id: str,
        state: RunState,
        *,
        epoch: int | None = None,
        new_attempt: bool = False,
        only_from: str | None = None,
    ) -> FlowRun:
        """Move a run by decision; returns it as it stands then.

        With an ``epoch``, only while the run is still held under it (else StaleEpochError). Raises
        IllegalTransitionError where the present state does not lead there; ``new_attempt`` is for resume and retry.
        ``only_from`` is the id of a state: a run that is in another by now stays there.
        """
        with self._connections.writing() as connection:
            decisions.set_state(connection, flow_run_id, state, epoch, new_attempt=new_attempt, only_from=only_from)
        return self.read_flow_run(flow_run_id)

    def cancel_flow_run(self, flow_run_id: str, now: int) -> FlowRun:
        """Ask a run to end; returns it as it stands then.

        Cancelling while a live process holds it (that process sees it and ends the run), else Cancelled. Raises
        IllegalTransitionError for a run that is over.
        """
        with self._connections.writing() as connection:
            decisions.cancel(connection, flow_run_id, now)
        return self.read_flow_run(flow_run_id)

    def cancelling(self, flow_run_ids: Collection[str]) -> list[str]:
        """Which of these runs are asked to end."""
        with self._connections.reading() as connection:
            return decisions.cancelling(connection, flow_run_ids)

    def resume_flow_run(self, flow_run_id: str, now: int, answer: FlowRunInput | None = None) -> FlowRun:
        """Let a paused run go on, with the answer it waits for; returns it as it stands then.

        It is Running if a live process waits in it, else Resuming; Failed if it is too late. Raises NotPausedError.
        """
        with self._connections.writing() as connection:
            decisions.resume(connection, flow_run_id, now)
            if answer is not None:
                inputs.put(connection, answer, replace=True)
        return self.read_flow_run(flow_run_id)

    def crash_runs_of(self, producer: str, now: int, message: str) -> list[str]:
        """End what a dead producer left unfinished; returns the ids of the flow runs.

        First apply what is left of its journal: what comes afterwards is refused. Runs that are paused stay so; those
        that were being cancelled are Cancelled.
        """
        with self._connections.writing() as connection:
            return decisions.crash_runs_of(connection, producer, now, message)

    def delete_flow_run(self, flow_run_id: str) -> bool:
        """With its subflow runs, task runs, logs and inputs; False if there is none of this id."""
        with self._connections.writing() as connection:
            return removing.delete_flow_run(connection, flow_run_id)

    def delete_flow_runs_ended_before(self, moment: int, *, limit: int = 100) -> int:
        """Delete up to ``limit`` root runs that ended before a moment; returns how many. Small bites hold up nobody."""
        with self._connections.writing() as connection:
            return removing.delete_ended_before(connection, moment, limit)

    # ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────

    def put_flow_run_input(self, given: FlowRunInput, *, replace: bool = False) -> None:
        """Keep an input. Raises InputExistsError where the run has one of this key that is not to be replaced."""
        with self._connections.writing() as connection:
            inputs.put(connection, given, replace=replace)

    def find_flow_run_inputs(
        self, flow_run_id: str, key_prefix: str, *, limit: int = 1, exclude_keys: Collection[str] = ()
    ) -> list[FlowRunInput]:
        """Those whose keys begin so, oldest first."""
        with self._connections.reading() as connection:
            return inputs.find(connection, flow_run_id, key_prefix, limit, exclude_keys)

    def read_flow_run_input(self, flow_run_id: str, key: str) -> str | None:
        """Its JSON; None where the run has none of this key."""
        with self._connections.reading() as connection:
            return inputs.read(connection, flow_run_id, key)

    def delete_flow_run_input(self, flow_run_id: str, key: str) -> bool:
        """False if there was none."""
        with self._connections.writing() as connection:
            return inputs.delete(connection, flow_run_id, key)

    # ── producers ────────────────────────────────────────────────────────────────────────────────────────────────

    def register_producer(self, producer: Producer) -> None:
        """Make a process that writes a journal known."""
        with self._connections.writing() as connection:
            producers.register(connection, producer)

    def beat(self, producer: str, now: int, lease_until: int) -> bool:
        """Extend a producer's lease. False if it counts as ended already."""
        with self._connections.writing() as connection:
            return producers.beat(connection, producer, now, lease_until)

    def end_producer(self, producer: str, now: int) -> None:
        """Remember that a producer is over, and give back the slots it held."""
        with self._connections.writing() as connection:
            producers.end(connection, producer, now)
            limits.release_all_of(connection, producer)

    def read_producer(self, producer: str) -> Producer | None:
        """What is known about it; None if nothing is."""
        with self._connections.reading() as connection:
            return producers.read(connection, producer)

    def producers_not_ended(self) -> list[Producer]:
        """Those that have not ended, whether their leases run or not."""
        with self._connections.reading() as connection:
            return producers.alive(connection)

    def lapsed_producers(self, now: int) -> list[Producer]:
        """Those that have not ended and whose leases ran out."""
        with self._connections.reading() as connection:
            return producers.lapsed(connection, now)

    def unfinished_runs_of(self, producer: str) -> int:
        """How many runs it holds that are not over."""
        with self._connections.reading() as connection:
            return producers.unfinished(connection, producer)

    # ── concurrency limits ───────────────────────────────────────────────────────────────────────────────────────

    def create_limit(self, limit: ConcurrencyLimit, now: int) -> None:
        """Raises LimitError if there is one of this name."""
        with self._connections.writing() as connection:
            limits.create(connection, limit, now)

    def read_limit(self, handle: str, now: int) -> ConcurrencyLimit:
        """By name or id. Raises LimitError if there is none."""
        with self._connections.reading() as connection:
            return limits.read(connection, handle, now)

    def limits(self, now: int) -> list[ConcurrencyLimit]:
        """All of them, by name."""
        with self._connections.reading() as connection:
            return limits.find(connection, now)

    def update_limit(
        self,
        handle: str,
        now: int,
        *,
        name: str | None = None,
        limit: int | None = None,
        active: bool | None = None,
        slot_decay_per_second: float | None = None,
    ) -> None:
        """Change what is given. Raises LimitError if there is none, or the new name is taken."""
        with self._connections.writing() as connection:
            limits.update(connection, handle, now, name=name, slots=limit, active=active, decay=slot_decay_per_second)

    def delete_limit(self, handle: str) -> None:
        """With what is taken of it. Raises LimitError if there is none."""
        with self._connections.writing() as connection:
            limits.delete(connection, handle)

    def limited(self, names: Collection[str]) -> list[str]:
        """Which of these names have a limit that is active."""
        with self._connections.reading() as connection:
            return limits.limited(connection, names)

    def slot_holdings(self, name: str, now: int) -> list[SlotHolding]:
        """Who has slots of a limit, the longest first."""
        with self._connections.reading() as connection:
            return limits.holdings(connection, name, now)

    def acquire_slots(self, request: SlotRequest) -> SlotsGranted | SlotsDenied:
        """Slots of every named limit, or none and when to ask again. Raises LimitError for what can never be had."""
        with self._connections.writing() as connection:
            return limits.acquire(connection, request)

    def renew_slots(self, lease_id: str, now: int, lease_until: int) -> bool:
        """Keep slots longer. False if the lease ran out: the slots may be someone else's."""
        with self._connections.writing() as connection:
            return limits.renew(connection, lease_id, now, lease_until)

    def release_slots(self, lease_id: str) -> None:
        """Give slots back. Doing it twice is harmless."""
        with self._connections.writing() as connection:
            limits.release(connection, lease_id)
