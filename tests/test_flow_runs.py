"""Pausing, suspending, resuming and waiting, in a real home under a clock that jumps."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from pydantic import BaseModel

import tidemill.engine.runtime as runtimes
from tidemill import apause_flow_run, asuspend_flow_run, flow, pause_flow_run, resume_flow_run, suspend_flow_run, task
from tidemill.api.embedded import Home
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateType, from_us
from tidemill.engine.context import FlowRunContext
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import (
    FlowPauseTimeout,
    FlowRunWaitTimeout,
    MissingContextError,
    NotPausedError,
    ObjectNotFound,
    OptionError,
    PausedRun,
)
from tidemill.flow_runs import aresume_flow_run, wait_for_flow_run
from tidemill.store.errors import RunHeldError
from tidemill.system.clock import JumpingClock


class EventfulClock(JumpingClock):
    """While somebody sleeps, the next of what is to happen happens."""

    def __init__(self) -> None:
        super().__init__()
        self.to_happen = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.to_happen:
            self.to_happen.pop(0)()


@pytest.fixture
def clock():
    return EventfulClock()


@pytest.fixture
def home(tmp_path, clock):
    opened = Home(tmp_path / "home", clock)
    token = runtimes.use(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.stop_using(token)
    opened.close()


@pytest.fixture
def only(home):
    """The one root run there is, as it stands."""

    def read():
        home.recorder.wait_applied()
        (run,) = [run for run in home.store.find_flow_runs() if not run.is_subflow_run]
        return run

    return read


@pytest.fixture
def path(home, only):
    """The names of the states it went through."""
    return lambda: [state.name for state in home.store.flow_run_states(only().id)]


@pytest.fixture
def go_on(home, only):
    """What `flow-run resume` or `flow-run retry` does with a flow."""

    def go(of, *, retry: bool = False):
        return continue_run(of, only(), home, runtimes.runtime(), retry=retry)

    return go


def resume(only, **answer) -> None:
    resume_flow_run(UUID(only().id), answer or None)


# -- pause --------------------------------------------------------------------------------------------------------------


def test_a_paused_flow_goes_on_when_it_is_resumed(clock, only, path):
    @flow
    def waits():
        clock.to_happen = [lambda: seen.append(only().state_name), lambda: resume(only)]
        pause_flow_run()
        return "done"

    seen = []

    assert waits() == "done"
    assert seen == ["Paused"]
    assert path() == ["Pending", "Running", "Paused", "Running", "Completed"]
    assert only().run_count == 1


def test_an_async_flow_pauses_without_holding_up_the_loop(clock, home, only, path):
    @flow
    async def waits():
        async def meanwhile():
            while (await asyncio.to_thread(only)).state_name != "Paused":
                await asyncio.sleep(0)
            await aresume_flow_run(UUID(only().id))

        await asyncio.gather(apause_flow_run(timeout=10**6), meanwhile())
        return "done"

    assert asyncio.run(waits()) == "done"
    assert path()[2] == "Paused"


def test_nobody_comes_and_the_flow_fails(home, only, path):
    @flow
    def waits():
        pause_flow_run(timeout=90)

    began = home.clock.now_us()

    with pytest.raises(FlowPauseTimeout, match="nobody resumed it in time"):
        waits()
    assert path() == ["Pending", "Running", "Paused", "Running", "Failed"]
    assert 90 <= (home.clock.now_us() - began) / 1_000_000 < 91


def test_a_flow_may_go_on_without_an_answer(home, path):
    @flow
    def waits():
        try:
            pause_flow_run(timeout=5)
        except FlowPauseTimeout:
            return "by default"

    assert waits() == "by default"
    assert path()[-2:] == ["Running", "Completed"]


def test_a_pause_that_is_broken_off_does_not_count_as_passed(clock, only, path, go_on):
    def interrupt():
        raise KeyboardInterrupt

    @flow
    def waits():
        clock.to_happen = [interrupt] if not path().count("Paused") else [lambda: resume(only)]
        pause_flow_run()
        return "done"

    with pytest.raises(KeyboardInterrupt):
        waits()
    state = go_on(waits)

    assert state.is_completed()
    assert path() == [
        *("Pending", "Running", "Paused", "Running", "Crashed"),
        *("Running", "Paused", "Running", "Completed"),
    ]


def test_a_retry_does_not_ask_again(clock, only, path):
    @flow(retries=1)
    def fails_once():
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run()
        if only().run_count == 1:
            raise ValueError("once")
        return "done"

    assert fails_once() == "done"
    assert path().count("Paused") == 1


def test_a_retry_asks_again_what_nobody_answered(clock, only, path):
    @flow(retries=1)
    def waits():
        clock.to_happen = [lambda: resume(only)] if only().run_count == 2 else []
        pause_flow_run(timeout=5)
        return "done"

    assert waits() == "done"
    assert path().count("Paused") == 2


def test_a_key_pauses_once(clock, only, path):
    @flow
    def waits():
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run(key="approval")
        pause_flow_run(key="approval")
        return "done"

    assert waits() == "done"
    assert path().count("Paused") == 1


def test_a_subflow_pauses_by_itself(clock, home, only):
    @flow
    def inner():
        run = FlowRunContext.get().run_id
        clock.to_happen = [lambda: seen.append(only().state_name), lambda: resume_flow_run(UUID(run))]
        pause_flow_run()
        return "done"

    @flow
    def outer():
        return inner()

    seen = []

    assert outer() == "done"
    assert seen == ["Running"]


def test_a_process_that_slept_longer_than_its_lease_goes_on_all_the_same(clock, only, path):
    @flow
    def waits():
        clock.us += 60_000_000  # longer than its lease: it was asleep
        clock.to_happen = [lambda: resume(only)]
        pause_flow_run()
        return "done"

    assert waits() == "done"
    assert path() == ["Pending", "Running", "Paused", "Running", "Completed"]


def test_cancelling_a_paused_run_cancels_it(clock, home, only, path):
    def cancel():
        asked = RunState(
            id=str(UUID(int=1)), type=StateType.CANCELLING, name="Cancelling", timestamp=from_us(clock.now_us())
        )
        home.store.set_flow_run_state(only().id, asked)

    told = []

    @flow(on_cancellation=[lambda *_: told.append("cancelled")], on_crashed=[lambda *_: told.append("crashed")])
    def waits():
        clock.to_happen = [cancel]
        pause_flow_run()

    state = waits(return_state=True)

    assert state.is_cancelled()
    assert told == ["cancelled"]
    assert path()[-2:] == ["Cancelling", "Cancelled"]


def test_pausing_needs_a_flow_run(home):
    @task
    def tries():
        pause_flow_run()

    @flow
    def outer():
        tries()

    with pytest.raises(MissingContextError, match="outside of a flow run"):
        pause_flow_run()
    with pytest.raises(MissingContextError, match="a task run cannot be paused"):
        outer()


@pytest.mark.parametrize("options", [{"timeout": -1}, {"poll_interval": 0}])
def test_options_that_make_no_sense_are_refused(home, options):
    @flow
    def waits():
        pause_flow_run(**options)

    with pytest.raises(OptionError, match=next(iter(options))):
        waits()


# -- suspend ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def steps():
    return []


@pytest.fixture
def two_parts(steps):
    told = [lambda *_: steps.append("hook")]

    @task
    def part(name):
        steps.append(name)
        return name

    @flow(on_failure=told, on_crashed=told, on_completion=[lambda *_: steps.append("completed")])
    def two_parts():
        part("first")
        suspend_flow_run(timeout=3600)
        return part("second")

    return two_parts


def test_a_suspended_run_goes_on_behind_what_it_did(two_parts, steps, only, path, go_on):
    state = two_parts(return_state=True)
    suspended = only()
    resume(only)
    after = go_on(two_parts)

    assert (state.name, state.state_details.pause_key) == ("Suspended", "1")
    assert (suspended.state_name, suspended.holder) == ("Suspended", None)
    assert after.result() == "second"
    assert steps == ["first", "second", "completed"]
    assert path() == ["Pending", "Running", "Suspended", "Resuming", "Running", "Completed"]


def test_continuing_a_suspended_run_is_leave_to_go_on(two_parts, path, go_on):
    two_parts(return_state=True)

    assert go_on(two_parts).is_completed()
    assert "Resuming" in path()


def test_a_direct_call_has_no_value_to_give(two_parts):
    with pytest.raises(PausedRun):
        two_parts()


def test_too_late_is_too_late(two_parts, clock, only, path, go_on):
    two_parts(return_state=True)
    clock.us += 3601 * 1_000_000

    with pytest.raises(FlowPauseTimeout, match="nobody resumed it in time"):
        resume(only)
    assert path()[-2:] == ["Suspended", "Failed"]
    assert go_on(two_parts, retry=True).name == "Suspended"


def test_two_suspensions_are_told_apart(only, path, go_on):
    @flow
    def twice():
        suspend_flow_run()
        suspend_flow_run()
        return "done"

    twice(return_state=True)

    assert go_on(twice).name == "Suspended"
    assert go_on(twice).is_completed()
    assert path().count("Suspended") == 2


def test_what_was_submitted_is_finished_first(home, only, go_on):
    @task
    def part(number):
        ran.append(number)
        return number

    @flow
    def submits():
        futures = [part.submit(number) for number in range(20)]
        suspend_flow_run()
        return sum(future.result() for future in futures)

    ran = []
    submits(return_state=True)

    assert sorted(ran) == list(range(20))
    assert go_on(submits).result() == 190
    assert len(ran) == 20


def test_an_async_flow_suspends(home, go_on, only):
    @flow
    async def waits():
        await asuspend_flow_run()
        return "done"

    assert asyncio.run(waits(return_state=True)).name == "Suspended"
    assert asyncio.run(go_on(waits)).result() == "done"


def test_a_subflow_is_not_suspended(home):
    @flow
    def inner():
        suspend_flow_run()

    @flow
    def outer():
        inner()

    with pytest.raises(MissingContextError, match="cannot be suspended: its parent waits"):
        outer()


# -- resume -------------------------------------------------------------------------------------------------------------


def test_a_run_is_resumed_once(two_parts, only):
    two_parts(return_state=True)
    resume(only)

    with pytest.raises(NotPausedError, match="not paused but Resuming"):
        resume(only)


def test_a_run_that_is_over_is_not_resumed(home, only):
    @flow
    def done():
        return 1

    done()

    with pytest.raises(NotPausedError, match="Completed"):
        resume(only)


def test_nobody_is_not_resumed(home):
    with pytest.raises(ObjectNotFound):
        resume_flow_run(UUID(int=1))


def test_another_process_leaves_a_run_that_is_paused_here_alone(clock, tmp_path, only):
    def meddle():
        other = Home(tmp_path / "home", clock)
        with pytest.raises(RunHeldError, match="Paused in process"):
            continue_run(waits, only(), other, runtimes.runtime(), retry=False)
        other.close()

    @flow
    def waits():
        clock.to_happen = [meddle, lambda: resume(only)]
        pause_flow_run()
        return "done"

    assert waits() == "done"


# -- input --------------------------------------------------------------------------------------------------------------


class Approval(BaseModel):
    by: str
    amount: int = 10


def test_a_pause_brings_an_answer(clock, only):
    @flow
    def asks():
        clock.to_happen = [lambda: resume(only, by="ann", amount=3)]
        return pause_flow_run(wait_for_input=Approval)

    answer = asks()

    assert isinstance(answer, Approval)
    assert answer.metadata.key == "paused-1-response"
    assert (answer.by, answer.amount) == ("ann", 3)


def test_plain_types_are_asked_for_by_their_value(clock, only):
    @flow
    def asks():
        clock.to_happen = [lambda: resume(only, value=[1, 2])]
        return pause_flow_run(wait_for_input=list[int])

    assert asks() == [1, 2]


def test_an_answer_survives_what_comes_after_it(clock, only, go_on):
    @flow
    def asks():
        answer = suspend_flow_run(wait_for_input=Approval)
        if only().run_count == 2:
            raise ValueError("once")
        return answer.amount

    asks(return_state=True)
    resume(only, by="ann")

    assert go_on(asks).is_failed()
    assert go_on(asks, retry=True).result() == 10


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [({}, "'by' is a required property"), ({"by": 3}, "by: 3 is not of type 'string'"), ({"by": "x", "at": 1}, "'at'")],
)
def test_an_answer_must_fit(only, answer, complaint):
    @flow
    def asks():
        suspend_flow_run(wait_for_input=Approval)

    asks(return_state=True)

    with pytest.raises(OptionError, match=complaint):
        resume_flow_run(UUID(only().id), answer)
    assert only().state_name == "Suspended"


def test_an_answer_that_nobody_asked_for_is_refused(two_parts, only):
    two_parts(return_state=True)

    with pytest.raises(OptionError, match="asks for no input"):
        resume(only, by="ann")


def test_without_its_answer_a_suspension_asks_again(only, go_on):
    """Continuing a run by hand brings none."""

    @flow
    def asks():
        return suspend_flow_run(wait_for_input=Approval).by

    asks(return_state=True)

    assert go_on(asks).name == "Suspended"
    resume(only, by="ann")
    assert go_on(asks).result() == "ann"


# -- wait ---------------------------------------------------------------------------------------------------------------


def test_waiting_ends_with_the_run(two_parts, clock, home, only, go_on):
    two_parts(return_state=True)
    clock.to_happen = [lambda: go_on(two_parts)]

    run = asyncio.run(wait_for_flow_run(UUID(only().id), log_states=True))

    assert run.state_type is StateType.COMPLETED


def test_waiting_has_an_end(two_parts, only):
    two_parts(return_state=True)

    with pytest.raises(FlowRunWaitTimeout, match="is Suspended, and was not over within 5 s"):
        asyncio.run(wait_for_flow_run(UUID(only().id), timeout=5))


def test_nobody_is_not_waited_for(home):
    with pytest.raises(ObjectNotFound):
        asyncio.run(wait_for_flow_run(UUID(int=1)))
