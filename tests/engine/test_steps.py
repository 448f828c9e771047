"""The engine's generators, stepped by hand: what they ask for, and what they make of the answers."""

from __future__ import annotations

import pytest

from tidemill import flow, task
from tidemill.engine.calls import TaskCall
from tidemill.engine.effects import Call, Invoke, Outcome, Record, Sleep, WaitFor
from tidemill.engine.flow_calls import FlowCall
from tidemill.engine.flow_run import flow_run
from tidemill.engine.task_run import task_run


class Steps:
    """Answers effects one by one and notes what was asked."""

    def __init__(self, steps):
        self._steps = steps
        self.asked = []
        self.state = None
        self.effect = self._sent(None)

    def _sent(self, answer):
        try:
            effect = self._steps.send(answer)
        except StopIteration as stop:
            self.state = stop.value
            return None
        self.asked.append(told(effect))
        return effect

    def answer(self, answer=None):
        self.effect = self._sent(answer)
        return self

    def until(self, kind, answer=None):
        """Go on, with the same answer to everything, until such an effect is asked for."""
        while self.effect is not None and not isinstance(self.effect, kind):
            self.answer(answer)
        return self.effect

    def thrown(self, error):
        self.effect = self._steps.throw(error)
        self.asked.append(told(self.effect))
        return self

    def rest(self):
        while self.effect is not None:
            self.answer(Outcome(None) if isinstance(self.effect, Invoke | Call) else None)
        return self.state


def told(effect):
    if isinstance(effect, Record):
        entry = effect.entry
        said = getattr(entry, "name", "") if type(entry).__name__.endswith(("StateSet", "Ended")) else ""
        return f"{type(entry).__name__} {said}".strip()
    if isinstance(effect, Sleep):
        return f"Sleep {effect.seconds:g}"
    return type(effect).__name__


def steps_of(work, *args):
    bound = work.signature.bind(args, {})
    return Steps(task_run(TaskCall(work, bound)) if hasattr(work, "task_key") else flow_run(FlowCall(work, bound)))


@task(retries=1, retry_delay_seconds=30, timeout_seconds=9)
def work(x):
    return x


def test_a_task_asks_for_its_record_its_body_and_its_record(still_runtime):
    steps = steps_of(work, 5)

    call = steps.until(Call)
    assert (call.args, call.timeout) == ((5,), 9)
    steps.answer(Outcome("value"))
    steps.rest()

    assert steps.asked == ["TaskRunStarted", "Call", "TaskRunEnded Completed"]
    assert steps.state.result() == "value"


def test_a_failure_waits_for_its_retry(still_runtime):
    steps = steps_of(work, 5)
    steps.until(Call)
    steps.answer(Outcome(raised=ValueError("first")))
    steps.until(Call)
    steps.answer(Outcome(raised=ValueError("second")))
    steps.rest()

    assert steps.asked == [
        "TaskRunStarted",
        "Call",
        "TaskRunStateSet AwaitingRetry",
        "Sleep 30",
        "TaskRunStarted",
        "Call",
        "TaskRunEnded Failed",
    ]
    assert "second" in steps.state.message


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_what_comes_from_outside_is_never_retried(still_runtime, error):
    steps = steps_of(work, 5)
    steps.until(Call)
    steps.answer(Outcome(raised=error))
    steps.rest()

    assert steps.asked[-1] == "TaskRunEnded Crashed"
    assert steps.state.data is error


@pytest.mark.parametrize("at", [Record, Sleep])
def test_an_interruption_while_it_waits_or_records_ends_the_run(still_runtime, at):
    steps = steps_of(work, 5)
    if at is Sleep:
        steps.until(Call)
        steps.answer(Outcome(raised=ValueError("first")))
    steps.until(at)
    steps.thrown(KeyboardInterrupt())
    steps.rest()

    assert steps.asked[-1] == "TaskRunEnded Crashed"


def test_hooks_come_after_the_record_and_cannot_change_it(still_runtime):
    hooked = work.with_options(on_completion=[lambda *_: None])
    steps = steps_of(hooked, 5)
    steps.until(Call)
    steps.answer(Outcome(1))
    steps.until(Invoke)
    steps.answer(Outcome(raised=RuntimeError("hook")))
    steps.rest()

    assert steps.asked[-2:] == ["TaskRunEnded Completed", "Invoke"]
    assert steps.state.is_completed()


def test_a_root_flow_is_held_created_and_set_step_by_step(still_runtime):
    @flow
    def around(x: int):
        return x

    steps = steps_of(around, 1)
    steps.until(Call)
    steps.answer(Outcome(4))
    steps.rest()

    assert steps.asked == [
        "RootHeld",
        "FlowRunCreated",
        "FlowRunStateSet Pending",
        "Attend",
        "FlowRunStateSet Running",
        "Call",
        "FlowRunStateSet Completed",
    ]


def test_parameters_that_do_not_fit_end_it_before_the_body(still_runtime):
    @flow
    def around(x: int):
        return x

    steps = steps_of(around, "many")
    steps.rest()

    assert "Call" not in steps.asked
    assert steps.asked[-1] == "FlowRunStateSet Failed"


def test_upstream_is_waited_for_before_anything_is_recorded(still_runtime):
    future = work.submit(1)
    future.wait()
    steps = steps_of(work.with_options(name="below"), [future])

    assert isinstance(steps.effect, WaitFor)
    assert steps.effect.futures == [future]
    call = steps.until(Call)
    assert call.args == ([1],)
