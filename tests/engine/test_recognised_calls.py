"""A call is the same call on resume, whatever its arguments had to be had again from: it is not made twice."""

from __future__ import annotations

import pytest

from tests.engine.fixtures import home_in_use
from tidemill import flow, task
from tidemill.cache_policies import DEFAULT, INPUTS
from tidemill.domain.values import Handle
from tidemill.engine.continuing import continue_run
from tidemill.engine.runtime import runtime
from tidemill.states import Completed
from tidemill.utilities.annotations import allow_failure, quote


class Cut(BaseException):
    """As if the process had died here."""


class Odd(Exception):
    """Does not pickle."""

    def __reduce__(self):
        raise TypeError("not this one")


def cut_off_and_resumed(main, path, *, strict=False):
    """Run a flow that is cut off once, and have it come to its end in the same home."""
    with home_in_use(path) as home:
        with pytest.raises(Cut):
            main()
        home.recorder.wait_applied()
        (run,) = home.store.find_flow_runs()
        assert continue_run(main, run, home, runtime(), retry=False, strict=strict).is_completed()


@task
def value():
    return {"numbers": {1, 2, 3}, "text": "é" * 50}


@task
def bad():
    raise ValueError("bad")


@task
def odd():
    raise Odd("odd")


@task
def states():
    return [value.submit(), value.submit()]


GIVEN = {
    "a value": value,
    "a future": lambda: value.submit(),
    "a state": lambda: value(return_state=True),
    "a state in a dict": lambda: {"here": [value(return_state=True)]},
    "a state of states": lambda: states(return_state=True),
    "a failed state": lambda: allow_failure(bad(return_state=True)),
    "a failed state whose error does not pickle": lambda: allow_failure(odd(return_state=True)),
    "a quoted state": lambda: quote(value(return_state=True)),
    "a lambda": lambda: lambda x: x + 1,
}


@pytest.mark.parametrize("given", GIVEN)
def test_a_call_with_this_argument_is_not_made_again(tmp_path, given):
    made = []

    @task
    def taking(thing):
        made.append(thing)

    @flow
    def main():
        for _ in range(2):
            taking(GIVEN[given]())
        if len(made) < 3:
            made.append("cut off")
            raise Cut

    cut_off_and_resumed(main, tmp_path / "home")

    assert made[2:] == ["cut off"]


@pytest.mark.parametrize("policy", [INPUTS - "at", DEFAULT - "at", (INPUTS + DEFAULT) - "at"])
def test_what_the_cache_policy_leaves_out_does_not_tell_calls_apart(tmp_path, policy):
    made = []

    @task(cache_policy=policy, persist_result=False)
    def taking(x, at):
        made.append(at)

    @flow
    def main():
        taking(1, len(made))
        if len(made) < 2:
            made.append("cut off")
            raise Cut

    cut_off_and_resumed(main, tmp_path / "home", strict=True)

    assert made == [0, "cut off"]


class Lost(Handle):
    def get(self):
        raise ValueError("its file is gone")


@pytest.mark.parametrize("submitted", [False, True])
def test_a_call_whose_argument_cannot_be_had_never_runs_and_says_why(tmp_path, submitted):
    @task
    def taking(thing):
        raise AssertionError

    def body():
        state = Completed(data=Lost())
        return [(taking.submit if submitted else taking)(state, return_state=True)]

    with home_in_use(tmp_path / "home"):
        (state,) = flow(lambda: body(), name="body")(return_state=True).data

    assert state.name == "NotReady"
    assert "its file is gone" in state.message
