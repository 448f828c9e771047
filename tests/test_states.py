"""States: made, judged together, asked for their values."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tidemill import states
from tidemill.domain.states import NAMES_BY_TYPE, StateDetails, StateType
from tidemill.exceptions import CancelledRun, CrashedRun, FailedRun, PausedRun, UnfinishedRun
from tidemill.filesystems import LocalFileSystem
from tidemill.results import ResultStore
from tidemill.states import State, StateGroup

MADE = [
    "Scheduled",
    "Late",
    "AwaitingRetry",
    "AwaitingConcurrencySlot",
    "Pending",
    "Submitting",
    "InfrastructurePending",
    "Running",
    "Retrying",
    "Completed",
    "Failed",
    "Crashed",
    "Cancelling",
    "Cancelled",
    "Paused",
    "Suspended",
]


@pytest.mark.parametrize("name", MADE)
def test_each_maker_gives_the_state_of_its_name(name):
    state = getattr(states, name)(message="said")

    assert (state.name, state.message) == (name, "said")
    assert name in NAMES_BY_TYPE[state.type]
    assert state.timestamp.tzinfo is UTC


def test_scheduled_states_have_a_time():
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    assert states.Scheduled(scheduled_time=moment).state_details.scheduled_time == moment
    assert states.Late().state_details.scheduled_time is not None


def test_details_may_be_a_dict_and_are_left_as_they_were():
    given = StateDetails(pause_key="k")

    assert states.Completed(state_details={"pause_key": "k"}).state_details == given
    assert states.Scheduled(state_details=given).state_details.scheduled_time is not None
    assert states.Paused(state_details={"pause_key": "k"}, timeout_seconds=1).state_details.pause_timeout is not None
    assert given == StateDetails(pause_key="k")
    with pytest.raises(TypeError, match="pause_kye"):
        states.Completed(state_details={"pause_kye": "k"})


def test_pauses_have_an_end_if_one_is_given():
    assert states.Paused().state_details.pause_timeout is None
    before = datetime.now(UTC)
    assert states.Paused(timeout_seconds=60).state_details.pause_timeout >= before + timedelta(seconds=60)
    assert states.Suspended(pause_key="k").state_details.pause_reschedule is True
    with pytest.raises(ValueError, match="both"):
        states.Paused(timeout_seconds=1, pause_expiration_time=before)


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (states.Failed(message="m"), FailedRun),
        (states.Crashed(message="m"), CrashedRun),
        (states.Cancelled(message="m"), CancelledRun),
        (states.Paused(), PausedRun),
        (states.Running(), UnfinishedRun),
        (states.Failed(data=KeyError("k")), KeyError),
        (states.Failed(data=[states.Completed(), states.Failed(data=OSError())]), OSError),
    ],
)
def test_a_state_without_a_value_raises_what_it_stands_for(state, error):
    with pytest.raises(error):
        state.result()


def test_or_gives_it_when_asked_not_to_raise():
    assert isinstance(states.Failed(data=KeyError("k")).result(raise_on_failure=False), KeyError)


def test_values_of_good_states():
    assert states.Completed(data=3).result() == 3
    assert asyncio.run(states.Completed(data=3).aresult()) == 3
    assert asyncio.run(states.get_state_result(states.Completed(data=3))) == 3


def test_a_group_counts():
    group = StateGroup([states.Completed(), states.Failed(), states.Crashed(), states.Paused(), states.Cancelled()])

    assert (group.total_count, group.fail_count, group.final_count, group.not_final_count) == (5, 2, 4, 1)
    assert group.any_failed()
    assert group.any_paused()
    assert group.any_cancelled()
    assert not group.all_completed()
    assert not group.all_final()
    assert "total=5" in group.counts_message()


def test_equality_is_what_is_said_and_not_when():
    assert states.Completed(data=1) == states.Completed(data=1)
    assert states.Completed(data=1) != states.Completed(data=2)
    copy = states.Completed(data=1).fresh_copy(name="Cached")
    assert (copy.name, copy.data) == ("Cached", 1)


def test_a_state_may_be_made_by_type():
    assert State(type=StateType.FAILED).name == "Failed"
    assert State(type="COMPLETED", name="Mine").is_completed()
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    assert State(type=StateType.RUNNING, timestamp=moment).timestamp == moment


def test_exceptions_as_states():
    assert asyncio.run(states.exception_to_crashed_state(KeyboardInterrupt())).is_crashed()
    failed = asyncio.run(states.exception_to_failed_state(ValueError("v"), message="Before."))
    assert failed.message == "Before. ValueError: v"
    named = asyncio.run(states.exception_to_failed_state(ValueError("v"), name="Refused"))
    assert (named.name, named.message) == ("Refused", "The run raised ValueError: v")
    with pytest.raises(ValueError, match="v"):
        states.raise_state_exception(failed)
    states.raise_state_exception(states.Completed())


def test_a_thing_of_the_users_that_is_called_state_is_no_state():
    class State:
        pass

    failed = states.Failed(data=State(), message="no way")

    with pytest.raises(FailedRun, match="no way"):
        states.raise_state_exception(failed)


@pytest.fixture
def results(tmp_path):
    return ResultStore(result_storage=LocalFileSystem(tmp_path / "results"), key=b"k" * 32)


@pytest.mark.parametrize(
    ("value", "name", "data"),
    [
        (5, "Completed", 5),
        (states.Completed(data=6), "Completed", 6),
        (states.Failed(data="no"), "Failed", "no"),
        ([states.Completed(), states.Failed()], "Failed", [states.Completed(), states.Failed()]),
    ],
)
def test_what_is_returned_says_which_state_and_can_be_written(results, value, name, data):
    state = asyncio.run(states.return_value_to_state(value, results, key="k", write_result=True))

    assert (state.name, state.data) == (name, data)
    assert results.read("k").result == data


def test_what_is_returned_is_not_written_unless_asked_for(results):
    state = asyncio.run(states.return_value_to_state(5, results, "k"))

    assert (state.name, state.data) == ("Completed", 5)
    assert not results.exists("k")


def test_what_was_written_expires(results):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    asyncio.run(states.return_value_to_state(5, results, "k", long_ago, write_result=True))

    assert not results.exists("k")


def test_an_exception_is_written_if_asked_for(results):
    results.storage_key_fn = lambda: "e"
    error = ValueError("bad")

    asyncio.run(states.exception_to_failed_state(error, results))
    assert not results.exists("e")
    state = asyncio.run(states.exception_to_failed_state(error, results, write_result=True))
    assert (state.name, state.data) == ("Failed", error)
    assert str(results.read("e").result) == "bad"
