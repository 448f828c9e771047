import pytest

from tests.server.services.telling import DAY, HOUR, MINUTE, NOW, SECOND, run_until_done, turn
from tests.store.conformance.story import Story
from tidemill.domain.states import StateType
from tidemill.server.services.silent_runs import SilentRuns
from tidemill.settings import Settings

USUAL = 180 * SECOND


@pytest.fixture
def service():
    return SilentRuns(Settings())


def test_a_run_whose_client_falls_silent_crashes_with_what_it_called(store, told, service):
    run = told.flow_run()
    task = told.task_run(run)
    told.beats(run, NOW, NOW + USUAL)

    run_until_done(service, store, NOW + 4 * USUAL)
    run_until_done(service, store, NOW + 4 * USUAL + 2 * MINUTE)

    assert told.state_of(run) == "Crashed"
    assert told.task_state_of(task) == "Crashed"


def test_three_beats_may_be_missing(store, told, service):
    run = told.flow_run()
    told.beats(run, NOW, NOW + USUAL)

    service.run_once(turn(store, NOW + 4 * USUAL - 1))

    assert told.state_of(run) == "Running"


def test_a_client_that_beats_more_seldom_is_given_more_time(store, told, service):
    run = told.flow_run()
    told.beats(run, NOW, NOW + HOUR)

    service.run_once(turn(store, NOW + 4 * HOUR - 1))
    assert told.state_of(run) == "Running"
    service.run_once(turn(store, NOW + 4 * HOUR))
    assert told.state_of(run) == "Crashed"


def test_a_client_that_never_sent_a_heartbeat_is_believed(store, told, service):
    run = told.flow_run()

    service.run_once(turn(store, NOW + DAY))

    assert told.state_of(run) == "Running"


def test_whatever_is_heard_of_a_run_counts(store, told, service):
    run = told.flow_run()
    told.beats(run, NOW)
    told.task_run(run, at=NOW + HOUR)

    service.run_once(turn(store, NOW + HOUR + USUAL))

    assert told.state_of(run) == "Running"


def test_nobody_is_blamed_for_the_server_s_absence(store, told, service):
    run = told.flow_run()
    told.beats(run, NOW)

    service.run_once(turn(store, NOW + DAY, led_since=NOW + DAY - MINUTE))
    assert told.state_of(run) == "Running"
    service.run_once(turn(store, NOW + DAY + 3 * USUAL, led_since=NOW + DAY - MINUTE))
    assert told.state_of(run) == "Crashed"


def test_runs_that_a_journal_reports_have_leases_instead(store, told, service):
    run = Story(store).alive(NOW).running()
    told.beats(run, NOW)

    service.run_once(turn(store, NOW + DAY))

    assert told.state_of(run) == "Running"


def test_task_runs_that_a_run_left_open_crash_after_a_while(store, told, service):
    run = told.flow_run()
    task = told.task_run(run)
    told.proposes(run, StateType.COMPLETED, NOW + SECOND)

    service.run_once(turn(store, NOW + MINUTE))
    assert told.task_state_of(task) == "Running"
    service.run_once(turn(store, NOW + MINUTE + 2 * SECOND))
    assert told.task_state_of(task) == "Crashed"


def test_what_was_put_off_for_a_task_worker_outlives_its_flow_run(store, told, service):
    run = told.flow_run()
    task = told.task_run(run, kind=StateType.SCHEDULED, deferred=True)
    told.proposes(run, StateType.COMPLETED, NOW + SECOND)

    service.run_once(turn(store, NOW + DAY))

    assert told.task_state_of(task) == "Scheduled"


def test_the_run_of_a_deployment_outlives_who_asked_for_it(store, told, service):
    run = told.flow_run("parent")
    call = told.task_run(run, "call")
    child = told.flow_run("child", parent=call, deployment=told.deployment())
    told.proposes(run, StateType.COMPLETED, NOW + SECOND)

    service.run_once(turn(store, NOW + DAY))

    assert told.state_of(child) == "Running"
    assert told.task_state_of(call) == "Running"
