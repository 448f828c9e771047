"""A call is the same call on resume, whatever its arguments had to be had again from: it is not made twice."""

from __future__ import annotations

import pytest

from tests.engine.fixtures import home_in_use
from tidemill import flow, task
from tidemill.engine.continuing import continue_run
from tidemill.engine.runtime import runtime
from tidemill.utilities.annotations import allow_failure, quote


class Cut(BaseException):
    """As if the process had died here."""


class Odd(Exception):
    """Does not pickle."""

    def __reduce__(self):
        raise TypeError("not this one")


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

    with home_in_use(tmp_path / "home") as home:
        with pytest.raises(Cut):
            main()
        home.recorder.wait_applied()
        (run,) = home.store.find_flow_runs()
        assert continue_run(main, run, home, runtime(), retry=False).is_completed()

    assert made[2:] == ["cut off"]
