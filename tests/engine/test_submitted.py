"""A submitted call: run by one thread, told to everybody who asked, whenever they asked."""

from __future__ import annotations

import gc
import sys
import weakref
from contextvars import copy_context
from threading import Barrier, Thread

import pytest

from tidemill import flow, task
from tidemill.engine.calls import TaskCall
from tidemill.engine.submitted import SubmittedCall
from tidemill.exceptions import SignatureMismatchError

pytestmark = pytest.mark.usefixtures("runtime")


def in_flow(body):
    return flow(name="around")(body)()


@task
def double(x):
    return 2 * x


def submitted(parameters=None, over=None, of=double):
    return SubmittedCall(TaskCall(of, parameters or {"x": 4}), copy_context(), over)


def test_its_end_is_told_to_its_owner_first_and_then_to_who_asked():
    def body():
        told = []
        call = submitted(over=lambda _: told.append("over"))
        call.add_done_callback(lambda _: told.append("asked"))
        assert not call.done()
        call.run()
        call.add_done_callback(lambda done: told.append(done.result().data))
        return told

    assert in_flow(body) == ["over", "asked", 8]


def test_of_two_who_claim_it_one_may_run_it():
    def body():
        call = submitted()
        return [call.claim(), call.claim()]

    assert in_flow(body) == [True, False]


@pytest.mark.parametrize("turn", range(20))
def test_a_callback_added_while_it_ends_is_called_once(turn):
    def body():
        call, told, together = submitted(), [], Barrier(3)

        def ask():
            together.wait()
            for number in range(200):
                call.add_done_callback(lambda _, number=number: told.append(number))

        askers = [Thread(target=ask) for _ in range(2)]
        for each in askers:
            each.start()
        together.wait()
        call.run()
        for each in askers:
            each.join()
        return sorted(told)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert in_flow(body) == sorted([*range(200)] * 2)
    finally:
        sys.setswitchinterval(before)


def test_what_keeps_it_from_ending_in_a_state_is_raised_to_who_asks():
    def body():
        call = submitted({"no_such": 1})
        standard = call.as_concurrent()
        call.run()
        assert call.done()
        with pytest.raises(SignatureMismatchError, match="no_such"):
            call.result()
        with pytest.raises(SignatureMismatchError):
            standard.result()

    in_flow(body)


def test_a_callback_that_raises_keeps_nobody_from_being_called(caplog):
    def body():
        call, told = submitted(), []
        call.add_done_callback(lambda _: 1 / 0)
        call.add_done_callback(lambda _: told.append("called"))
        call.run()
        return told

    assert in_flow(body) == ["called"]
    assert "raised an error" in caplog.text


def test_who_gives_up_waiting_for_it_does_not_keep_it_from_its_end():
    def body():
        call = submitted()
        standard = call.as_concurrent()
        assert not standard.cancel()
        call.run()
        return standard.result().data

    assert in_flow(body) == 8


def test_it_does_not_keep_its_parameters_once_it_has_run():
    class Large:
        pass

    @task
    def look(x):
        return 1

    def body():
        large = Large()
        gone = weakref.ref(large)
        call = submitted({"x": large}, of=look)
        del large
        call.run()
        gc.collect()
        return gone()

    assert in_flow(body) is None
