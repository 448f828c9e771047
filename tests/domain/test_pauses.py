from __future__ import annotations

from datetime import timedelta

import pytest

from tidemill.domain.pauses import PauseOutcome, pause_outcome, resumption, timed_out
from tidemill.domain.runs import RunState
from tidemill.domain.states import StateType, from_us
from tidemill.exceptions import NotPausedError

NOW = 1_700_000_000_000_000
MINUTE = 60_000_000


def paused(number: int = 1, *, key: str = "1", name: str = "Paused", until: int | None = NOW + MINUTE) -> RunState:
    details = {"pause_key": key}
    if until is not None:
        details["pause_timeout"] = from_us(until).isoformat()
    return RunState(
        id=f"paused-{number}", type=StateType.PAUSED, name=name, timestamp=from_us(NOW), state_details=details
    )


def plain(kind: StateType) -> RunState:
    return RunState(id=f"some {kind}", type=kind, name=kind.title(), timestamp=from_us(NOW))


@pytest.mark.parametrize(("held", "leads_to"), [(True, ("RUNNING", "Running")), (False, ("SCHEDULED", "Resuming"))])
def test_resuming_leads_to_where_the_run_can_go_on(held, leads_to):
    after = resumption("run", paused(), held=held, now=NOW + 1)

    assert (after.type, after.name) == leads_to
    assert pause_outcome([paused(), after], "1") is PauseOutcome.RESUMED


@pytest.mark.parametrize("present", [None, *(plain(kind) for kind in StateType if kind is not StateType.PAUSED)])
def test_what_is_not_paused_is_not_resumed(present):
    with pytest.raises(NotPausedError, match="flow run 'blue-otter' is not paused"):
        resumption("blue-otter", present, held=False, now=NOW)


def test_too_late_ends_a_run_that_nobody_holds():
    after = resumption("run", paused(name="Suspended"), held=False, now=NOW + MINUTE)

    assert (after.type, after.message) == ("FAILED", "The flow run was suspended, and nobody resumed it in time")


def test_too_late_is_for_the_holder_to_say():
    with pytest.raises(NotPausedError, match="timed out"):
        resumption("run", paused(), held=True, now=NOW + MINUTE)


def test_without_a_time_out_it_is_never_too_late():
    assert resumption("run", paused(until=None), held=False, now=NOW + 1000 * MINUTE).name == "Resuming"


def test_only_a_decision_passes_a_pause():
    """A kill, an interrupt or a retry takes a run out of its pause too, and means nothing."""
    for kind in (StateType.RUNNING, StateType.CRASHED, StateType.SCHEDULED, StateType.CANCELLING):
        assert pause_outcome([plain(StateType.RUNNING), paused(), plain(kind)], "1") is None


def test_the_latest_pause_of_a_key_speaks():
    first, second = paused(1), paused(2)
    gave_up = timed_out(first.id, NOW + MINUTE)
    resumed = resumption("run", second, held=True, now=NOW)

    assert pause_outcome([first, gave_up], "1") is PauseOutcome.TIMED_OUT
    assert pause_outcome([first, gave_up, second], "1") is None
    assert pause_outcome([first, gave_up, second, resumed], "1") is PauseOutcome.RESUMED
    assert pause_outcome([first, gave_up, second, resumed], "2") is None
    assert gave_up.timestamp - first.timestamp == timedelta(minutes=1)
