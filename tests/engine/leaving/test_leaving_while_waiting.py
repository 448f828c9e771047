"""A run that waits (in a pause, for its next attempt, for slots, for others) leaves its process when it is asked to."""

from __future__ import annotations

import contextvars
import threading
import time
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.leaving.asking import suspend_from_elsewhere, this_root
from tidemill import flow
from tidemill.concurrency.sync import concurrency
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.engine.leaving import idle
from tidemill.flow_run_future import TidemillFlowRunFuture
from tidemill.flow_runs import (
    pause_flow_run,
    resume_flow_run,
    suspend_flow_run,
)
from tidemill.input import receive_input
from tidemill.system.clock import JumpingClock


def test_a_run_that_waits_in_a_pause_leaves_it_and_comes_back_to_it(home, only, go_on):
    @flow
    def root():
        threading.Thread(target=suspend_once_paused).start()
        pause_flow_run()
        return "passed"

    def suspend_once_paused():
        while only().state_name != "Paused":
            time.sleep(0.001)
        suspend_flow_run(flow_run_id=UUID(only().id))

    assert root(return_state=True).name == "Suspended"

    def resume_once_paused():
        while only().state_name != "Paused":
            time.sleep(0.001)
        resume_flow_run(UUID(only().id))

    resume_flow_run(UUID(only().id))
    waits = threading.Thread(target=resume_once_paused)
    waits.start()

    @flow(name="root")
    def again():
        pause_flow_run()
        return "passed"

    assert go_on(again).result() == "passed"
    waits.join()


def test_a_run_that_waits_for_its_next_attempt_leaves_and_makes_it_later(only, go_on, done):
    @flow(retries=1, retry_delay_seconds=1)
    def root():
        done.append(1)
        if len(done) == 1:
            suspend_from_elsewhere(this_root())
            raise ValueError
        return "at last"

    assert root(return_state=True).name == "Suspended"
    assert done == [1]

    assert go_on(root).result() == "at last"


@pytest.mark.parametrize("wait", ["for a slot", "in a line for slots", "for an input", "for a run"])
def test_a_run_that_waits_for_others_leaves(home, only, wait):
    now = home.clock.now_us()
    limit = ConcurrencyLimit(
        id="busy", name="busy", limit=1, active_slots=0, created=from_us(now), updated=from_us(now),
        active=True, slot_decay_per_second=0.0,
    )  # fmt: skip
    home.store.create_limit(limit, now)

    def hold():
        with concurrency("busy"):
            held.set()
            free.wait()

    @flow
    def root():
        threading.Thread(target=suspend_flow_run, kwargs={"flow_run_id": this_root()}).start()
        if wait == "for an input":
            receive_input(int, timeout=None).next()
        elif wait == "for a run":
            TidemillFlowRunFuture(this_root()).wait()
        else:
            concurrency("busy", timeout_seconds=None).__enter__()

    held, free = threading.Event(), threading.Event()
    here = contextvars.copy_context()
    others = [threading.Thread(target=here.copy().run, args=[hold]) for _ in range(2 if "line" in wait else 1)]
    for other in others:
        other.start()
    held.wait()
    try:
        assert root(return_state=True).name == "Suspended"
    finally:
        free.set()
        for other in others:
            other.join()


@given(start_us=st.integers(0, 2**51), seconds=st.floats(0, 5))
@settings(deadline=None)
def test_a_wait_for_the_next_attempt_ends_whatever_the_clock_says(start_us, seconds):
    clock = JumpingClock(start_us)
    context = SimpleNamespace(runtime=SimpleNamespace(clock=clock))

    naps = 0
    for nap in idle(context, seconds):
        clock.sleep(nap.seconds)
        naps += 1
        assert naps <= seconds + 3

    assert abs(clock.us - start_us - seconds * 1_000_000) <= 3
