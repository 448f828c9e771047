"""``flow-run resume`` of what waits for a person."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import Story, an_id, created, state
from tidemill.api.embedded import Home
from tidemill.cli.home import opened_home

FOR_EVER = 10**17


@pytest.fixture
def here(home):
    """The home that the commands see, opened as a process that runs flows would."""
    with opened_home() as opened:
        yield opened


def paused(here: Home, **details) -> str:
    """A run that a live process waits in."""
    story = Story(here.store).alive(lease_until=FOR_EVER)
    run = story.running()
    story.tell(state(run, "PAUSED", ordinal=1, details={"pause_key": "1"} | details))
    return run


def test_a_run_that_a_process_waits_in_goes_on_there(cli, here):
    run = paused(here)

    told = cli(f"flow-run resume {run}")

    assert told.code == 0
    assert "is Running for " in told.lines[0]
    assert here.store.read_flow_run(run).state_name == "Running"


def test_a_subflow_is_let_pass_by_itself(cli, here):
    story = Story(here.store).alive(lease_until=FOR_EVER)
    root, child = story.running(), an_id("child")
    story.tell(created("child", root=root), state(child, "PAUSED", root=root, details={"pause_key": "1"}))

    assert cli(f"why {child}").lines[-1] == f"Try: tidemill flow-run resume {child}"
    assert cli(f"flow-run resume {child}").code == 0
    assert here.store.read_flow_run(child).state_name == "Running"


def test_a_command_cannot_give_input(cli, here):
    run = paused(here, run_input_keyset={"response": "paused-1-response"})

    told = cli(f"flow-run resume {run}")

    assert told.code != 0
    assert "asks for input" in told.err
    assert "tidemill.resume_flow_run" in told.err
    assert here.store.read_flow_run(run).state_name == "Paused"


def test_too_late_is_said(cli, here):
    run = paused(here, pause_timeout="2020-01-01T00:00:00+00:00")

    told = cli(f"flow-run resume {run}")

    assert told.code != 0
    assert "timed out" in told.err


def test_cancelling_asks_a_live_process_and_ends_what_nobody_is_at(cli, here):
    story = Story(here.store).alive(lease_until=FOR_EVER)
    held, left = story.running("held"), story.running("left")
    story.tell(state(left, "PAUSED", ordinal=1, name="Suspended"))

    asked = cli(f"flow-run cancel {held}")
    ended = cli(f"flow-run cancel {left}")
    again = cli(f"flow-run cancel {left}")

    assert (asked.code, ended.code, again.code) == (0, 0, 1)
    assert here.store.read_flow_run(held).state_name == "Cancelling"
    assert here.store.read_flow_run(left).state_name == "Cancelled"
    assert "asked to end" in asked.lines[0]
    assert "is Cancelled" in ended.lines[0]
    assert "nothing to cancel" in again.err
