"""A client that never beats and is killed: its run does not run for ever."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.server.services.telling import DAY, HOUR, MINUTE, NOW, run_until_done, turn
from tests.store.conformance.story import Story, an_id
from tidemill.domain.limits import ConcurrencyLimit, SlotRequest
from tidemill.domain.states import StateType, from_us
from tidemill.server.services.silent_runs import SilentRuns
from tidemill.server.services.unheard_runs import UnheardRuns
from tidemill.settings import Settings
from tidemill.wire.events import Event
from tidemill.wire.logs import LogCreate

LATER = NOW + 3 * DAY


@pytest.fixture
def service():
    return UnheardRuns(Settings())


def test_a_run_of_which_nothing_was_heard_for_days_crashes_with_what_it_called(store, told, service):
    run = told.flow_run()
    task = told.task_run(run)

    service.run_once(turn(store, LATER - 1))
    assert told.state_of(run) == "Running"
    service.run_once(turn(store, LATER))
    run_until_done(SilentRuns(Settings()), store, LATER + 2 * MINUTE)

    assert told.state_of(run) == "Crashed"
    assert told.task_state_of(task) == "Crashed"


def test_an_end_that_is_told_after_all_counts(store, told, service):
    run = told.flow_run()
    service.run_once(turn(store, LATER))

    told.proposes(run, StateType.COMPLETED, LATER + HOUR)

    assert told.state_of(run) == "Completed"


def a_step_of_a_task(store, told, run):
    told.task_run(run, "another", at=NOW + DAY)


def a_log_line(store, told, run):
    store.write_logs(
        [LogCreate(name="flow", level=20, message="on it", timestamp=from_us(NOW + DAY), flow_run_id=UUID(run))]
    )


def a_heartbeat(store, told, run):
    told.beats(run, NOW + DAY)


def an_event_that_has_to_do_with_it(store, told, run):
    event = Event(
        id=UUID(an_id("event")),
        event="file.arrived",
        occurred=from_us(NOW),
        resource={"prefect.resource.id": "file"},
        related=[{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}],
    )
    store.take_events([event], NOW + DAY)


def slots_whose_lease_is_renewed(store, told, run):
    at = from_us(NOW)
    gate = ConcurrencyLimit(id=an_id("limit"), name="gate", limit=1, active_slots=0, created=at, updated=at)
    store.create_limit(gate, NOW)
    until = LATER + 5 * MINUTE
    wish = SlotRequest(
        lease_id=an_id("lease"), names=["gate"], slots=1, holder=f"flow_run:{run}", now=NOW, lease_until=until
    )
    store.acquire_slots(wish)


def a_subflow_run_that_does_something(store, told, run):
    child = told.flow_run("child", parent=told.task_run(run))
    told.task_run(child, "grandchild", at=NOW + DAY)


def a_run_below_that_waits_for_a_person(store, told, run):
    told.flow_run("child", StateType.PAUSED, parent=told.task_run(run))


def a_run_below_whose_time_is_to_come(store, told, run):
    when = from_us(NOW + 7 * DAY)
    told.flow_run("child", StateType.SCHEDULED, parent=told.task_run(run), scheduled_time=when)


@pytest.mark.parametrize(
    "something",
    [
        a_step_of_a_task,
        a_log_line,
        a_heartbeat,
        an_event_that_has_to_do_with_it,
        slots_whose_lease_is_renewed,
        a_subflow_run_that_does_something,
        a_run_below_that_waits_for_a_person,
        a_run_below_whose_time_is_to_come,
    ],
)
def test_whatever_is_heard_of_a_run_or_of_those_around_it_breaks_the_silence(store, told, service, something):
    run = told.flow_run()
    something(store, told, run)

    service.run_once(turn(store, LATER))

    assert told.state_of(run) == "Running"


def test_a_clock_that_shows_next_year_breaks_no_silence(store, told, service):
    run = told.flow_run()
    told.task_run(run, at=NOW + 365 * DAY)

    service.run_once(turn(store, LATER))

    assert told.state_of(run) == "Crashed"


def test_all_that_belong_together_end_together(store, told, service):
    parent = told.flow_run("parent")
    child = told.flow_run("child", parent=told.task_run(parent, "call"))

    service.run_once(turn(store, LATER))

    assert (told.state_of(parent), told.state_of(child)) == ("Crashed", "Crashed")


def test_what_a_living_process_reports_is_judged_by_its_lease(store, told, service):
    run = Story(store).alive(LATER + DAY).running()

    service.run_once(turn(store, LATER))

    assert told.state_of(run) == "Running"


@pytest.mark.parametrize("kind", [StateType.SCHEDULED, StateType.PAUSED])
def test_who_waits_is_left_alone(store, told, service, kind):
    run = told.flow_run(kind=kind)

    service.run_once(turn(store, LATER))

    assert told.store.read_flow_run(run).state_type is kind


@pytest.mark.parametrize(
    ("kind", "then"),
    [(StateType.RUNNING, "Crashed"), (StateType.PENDING, "Crashed"), (StateType.SCHEDULED, "Scheduled")],
)
def test_a_task_run_of_no_flow_run_likewise(store, told, service, kind, then):
    task = told.task_run(None, kind=kind)

    service.run_once(turn(store, LATER))

    assert told.task_state_of(task) == then


def test_who_could_not_be_heard_is_given_an_hour(store, told, service):
    run = told.flow_run()

    service.run_once(turn(store, LATER, led_since=LATER - HOUR + 1))
    assert told.state_of(run) == "Running"
    service.run_once(turn(store, LATER, led_since=LATER - HOUR))
    assert told.state_of(run) == "Crashed"


def test_how_long_silence_may_last_is_chosen_and_may_be_for_ever(store, told):
    run = told.flow_run()

    def passes(seconds):
        chosen = Settings().copy_with_update({"TIDEMILL_SERVER_SERVICES_UNHEARD_RUNS_AFTER_SECONDS": seconds})
        UnheardRuns(chosen).run_once(turn(store, NOW + DAY))
        return told.state_of(run)

    assert passes(0) == "Running"
    assert passes(86_400) == "Crashed"
