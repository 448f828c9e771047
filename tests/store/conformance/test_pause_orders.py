"""F25: pause, suspend, resume, time-out, kill, cancel and claim in any order: one linear, legal path, and no pause is passed
without a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.conftest import FULL
from tidemill.domain.entries import RootHeld
from tidemill.domain.pauses import PauseOutcome, pause_outcome, timed_out
from tidemill.domain.runs import RunState
from tidemill.domain.states import LEGAL, TERMINAL_STATES, StateType, from_us
from tidemill.engine.continuing import RESUMABLE
from tidemill.exceptions import NotPausedError
from tidemill.store.errors import RunHeldError

from .backends import over_fresh_stores
from .story import NOW, SECOND, Story, state

PATIENCE = 60 * SECOND


class PausesInAnyOrder(RuleBasedStateMachine):
    """The model is three facts: what the run is called now, who may speak for it, how the latest pause ended."""

    fresh_store: ClassVar[Callable[[], Any]]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.fresh_store()
        self.now = NOW
        self.processes = 0
        self.is_now, self.outcome, self.until = "Running", None, 0
        self.pauses = 0
        self.attempts: set[int] = set()
        self.begin()
        self.run = self.story.running()

    def begin(self) -> None:
        self.processes += 1
        self.story = Story(self.store, f"producer-{self.processes}", self.processes)
        self.story.alive(self.now + 10**12)
        self.alive = True

    def tick(self) -> int:
        self.now += SECOND
        return self.now

    def report(self, kind: str, name: str | None = None, **details) -> None:
        self.story.tell(state(self.run, kind, name=name, at=self.tick(), details=details or None))

    @precondition(lambda self: self.alive and self.is_now in ("Running", "Cancelling"))
    @rule()
    def pauses_(self) -> None:
        self.wait("Paused")

    @precondition(lambda self: self.alive and self.is_now == "Running")
    @rule()
    def suspends(self) -> None:
        self.wait("Suspended")
        self.store.end_producer(self.story.producer, self.now)
        self.alive = False

    def wait(self, name: str) -> None:
        self.pauses += 1
        until = self.now + SECOND + PATIENCE
        self.report("PAUSED", name, pause_key="1", pause_timeout=from_us(until).isoformat())
        if self.is_now == "Running":
            self.is_now, self.outcome, self.until = name, None, until

    @rule()
    def somebody_resumes(self) -> None:
        waits = self.is_now in ("Paused", "Suspended")
        held = self.alive and self.is_now == "Paused"
        late = self.tick() >= self.until
        if not waits or (held and late):
            with pytest.raises(NotPausedError):
                self.store.resume_flow_run(self.run, self.now)
            return
        self.store.resume_flow_run(self.run, self.now)
        if late:
            self.is_now, self.outcome = "Failed", PauseOutcome.TIMED_OUT
        else:
            self.is_now, self.outcome = "Running" if held else "Resuming", PauseOutcome.RESUMED

    @rule()
    def time_passes(self) -> None:
        self.now += PATIENCE

    @precondition(lambda self: self.alive and self.pauses)
    @rule()
    def the_process_gives_up(self) -> None:
        """Whether it is still in that pause or not: only the store knows."""
        ids = [one.id for one in self.store.flow_run_states(self.run) if one.type is StateType.PAUSED]
        if not ids:
            return
        was = self.is_now
        self.store.set_flow_run_state(self.run, timed_out(ids[-1], self.tick()), only_from=ids[-1])
        if was == "Paused":
            self.is_now, self.outcome = "Running", PauseOutcome.TIMED_OUT

    @precondition(lambda self: self.is_now in ("Running", "Paused", "Suspended", "Resuming"))
    @rule()
    def somebody_cancels(self) -> None:
        asked = RunState(
            id=f"cancel {self.now}", type=StateType.CANCELLING, name="Cancelling", timestamp=from_us(self.tick())
        )
        self.store.set_flow_run_state(self.run, asked)
        self.is_now = "Cancelling"

    @precondition(lambda self: self.alive and self.is_now == "Cancelling")
    @rule()
    def the_process_ends_as_cancelled(self) -> None:
        self.report("CANCELLED")
        self.is_now = "Cancelled"

    @precondition(lambda self: self.alive)
    @rule()
    def the_process_is_killed(self) -> None:
        self.store.crash_runs_of(self.story.producer, self.tick(), "killed")
        self.store.end_producer(self.story.producer, self.now)
        self.alive = False
        self.is_now = {"Running": "Crashed", "Cancelling": "Cancelled"}.get(self.is_now, self.is_now)

    @precondition(lambda self: not self.alive)
    @rule()
    def another_process_takes_it_up(self) -> None:
        """What `flow-run resume` does, where the run is not paused any more."""
        may = self.is_now in ("Crashed", "Resuming")
        if self.is_now in ("Paused", "Suspended"):
            return
        self.begin()
        if not may:
            with pytest.raises(RunHeldError):
                self.store.claim_flow_run(self.run, self.story.producer, self.tick(), allow=RESUMABLE)
            self.alive = False
            return
        claim = self.store.claim_flow_run(self.run, self.story.producer, self.tick(), allow=RESUMABLE)
        self.story.epoch = claim.epoch
        self.attempts.add(claim.next_ordinal)
        self.story.tell(RootHeld(self.run, claim.epoch))
        self.report("RUNNING")
        self.is_now = "Running"

    @precondition(lambda self: self.alive and self.is_now == "Running")
    @rule()
    def the_process_completes_it(self) -> None:
        self.report("COMPLETED")
        self.is_now = "Completed"

    @invariant()
    def the_store_agrees(self) -> None:
        assert self.store.read_flow_run(self.run).state_name == self.is_now

    @invariant()
    def the_path_is_legal(self) -> None:
        path = [one.type for one in self.store.flow_run_states(self.run)]
        for place, (old, new) in enumerate(zip([None, *path], path, strict=False)):
            assert new in LEGAL[old] or (place in self.attempts and old in TERMINAL_STATES), path

    @invariant()
    def a_pause_is_passed_by_a_decision_alone(self) -> None:
        assert pause_outcome(self.store.flow_run_states(self.run), "1") is self.outcome

    def teardown(self) -> None:
        self.store.close()


@pytest.mark.faults
@over_fresh_stores
def test_pauses_in_any_order(fresh_store):
    machine = type("Machine", (PausesInAnyOrder,), {"fresh_store": staticmethod(fresh_store)})

    run_state_machine_as_test(
        machine, settings=settings(max_examples=40 if FULL else 15, stateful_step_count=25, deadline=None)
    )
