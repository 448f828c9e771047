import pytest

from tests.server.services.telling import HOUR, MINUTE, NOW, SECOND, turn
from tidemill.domain.readiness import Patience
from tidemill.domain.states import StateType
from tidemill.server.services import claims
from tidemill.server.services.claims import Claims
from tidemill.settings import Settings

CLAIMED = NOW + SECOND
LONG = 10 * MINUTE


@pytest.fixture
def claimed(store, told):
    """A deployment's run that a worker took."""
    run = told.run(told.deployment())
    assert told.proposes(run, StateType.PENDING, CLAIMED) == "ACCEPT"
    return run


def online(store, until):
    store.heard_of_worker("pool", "worker", 30, id_="w", now=until - 90 * SECOND, patience=Patience())


def test_a_run_whose_worker_is_gone_is_offered_again(store, told, claimed):
    online(store, NOW + 30 * SECOND)

    Claims(Settings()).run_once(turn(store, CLAIMED + MINUTE))

    assert told.state_of(claimed) == "Scheduled"
    assert told.proposes(claimed, StateType.PENDING, CLAIMED + MINUTE) == "ACCEPT"


def test_a_living_worker_is_given_its_time(store, told, claimed):
    online(store, NOW + HOUR)

    Claims(Settings()).run_once(turn(store, CLAIMED + LONG - 1))
    assert told.state_of(claimed) == "Pending"
    Claims(Settings()).run_once(turn(store, CLAIMED + LONG))
    assert told.state_of(claimed) == "Scheduled"


def test_what_was_started_for_a_run_may_come_late_and_is_never_started_twice(store, told, claimed):
    store.update_flow_run(claimed, {"infrastructure_pid": "cluster:job-1"}, NOW)

    Claims(Settings()).run_once(turn(store, CLAIMED + LONG))
    assert told.state_of(claimed) == "Pending"
    Claims(Settings()).run_once(turn(store, CLAIMED + HOUR))
    assert told.state_of(claimed) == "Crashed"


def test_what_a_worker_watches_is_given_a_day(store, told, claimed):
    store.update_flow_run(claimed, {"infrastructure_pid": "cluster:job-1"}, NOW)
    online(store, CLAIMED + 48 * HOUR)

    Claims(Settings()).run_once(turn(store, CLAIMED + 24 * HOUR - 1))
    assert told.state_of(claimed) == "Pending"
    Claims(Settings()).run_once(turn(store, CLAIMED + 24 * HOUR))
    assert told.state_of(claimed) == "Crashed"


def test_silence_counts_from_when_the_server_could_hear(store, told, claimed):
    Claims(Settings()).run_once(turn(store, NOW + HOUR, led_since=NOW + HOUR - SECOND))

    assert told.state_of(claimed) == "Pending"


def test_a_run_of_nobody_s_deployment_that_never_begins_crashes(store, told):
    run = told.flow_run("script", StateType.PENDING)

    Claims(Settings()).run_once(turn(store, CLAIMED + HOUR))

    assert told.state_of(run) == "Crashed"


def test_a_subflow_run_that_waits_for_what_it_is_called_with_waits_on(store, told):
    call = told.task_run(told.flow_run("parent"), "call")
    run = told.flow_run("child", StateType.PENDING, parent=call)

    Claims(Settings()).run_once(turn(store, NOW + 24 * HOUR))

    assert told.state_of(run) == "Pending"


def test_many_runs_that_may_wait_hide_none_that_may_not(store, told):
    call = told.task_run(told.flow_run("parent"), "call")
    for number in range(claims._BATCH + 1):
        told.flow_run(f"child {number}", StateType.PENDING, parent=call)
    given_up = [told.flow_run(f"script {number}", StateType.PENDING, at=CLAIMED) for number in range(3)]

    Claims(Settings()).run_once(turn(store, CLAIMED + HOUR))

    assert {told.state_of(run) for run in given_up} == {"Crashed"}


def test_a_task_run_that_its_task_worker_did_not_begin_is_offered_again_where_the_settings_say_so(store, told):
    task = told.task_run(None, kind=StateType.SCHEDULED, deferred=True)
    told.task_proposes(task, StateType.PENDING, CLAIMED)
    patient, impatient = Settings(), Settings(server={"tasks": {"scheduling": {"pending_task_timeout": 60}}})

    Claims(patient).run_once(turn(store, CLAIMED + HOUR))
    assert told.task_state_of(task) == "Pending"
    Claims(impatient).run_once(turn(store, CLAIMED + MINUTE))
    assert told.task_state_of(task) == "Scheduled"


def test_a_task_run_that_waits_within_its_flow_run_is_nobody_s_claim(store, told):
    task = told.task_run(told.flow_run(), kind=StateType.PENDING)

    Claims(Settings(server={"tasks": {"scheduling": {"pending_task_timeout": 60}}})).run_once(turn(store, NOW + HOUR))

    assert told.task_state_of(task) == "Pending"
