import pytest

from tests.server.services.telling import DAY, MINUTE, NOW, SECOND, run_until_done, turn
from tests.store.conformance.story import Story, created, state
from tidemill.domain.states import StateType
from tidemill.server.services.cancellation import CancellationCleanup
from tidemill.settings import Settings

GRACE = 300 * SECOND


@pytest.fixture
def service():
    return CancellationCleanup(Settings())


def cancelling(told, name="run", **more):
    run = told.flow_run(name, **more)
    assert told.proposes(run, StateType.CANCELLING, NOW + 1) == "ACCEPT"
    return run


def test_a_run_that_never_says_that_it_has_ended_is_cancelled_after_its_grace(store, told, service):
    run = cancelling(told)

    service.run_once(turn(store, NOW + GRACE))
    assert told.state_of(run) == "Cancelling"
    service.run_once(turn(store, NOW + GRACE + 1))
    assert told.state_of(run) == "Cancelled"


def test_a_living_process_is_left_to_end_its_run(store, told, service):
    story = Story(store).alive(NOW + DAY)
    run = story.running()
    store.cancel_flow_run(run, NOW)

    service.run_once(turn(store, NOW + GRACE))

    assert told.state_of(run) == "Cancelling"


def test_what_a_dead_process_was_asked_to_end_is_cancelled(store, told, service):
    story = Story(store).alive(NOW + DAY)
    run = story.running()
    store.cancel_flow_run(run, NOW)
    store.end_producer(story.producer, NOW)

    service.run_once(turn(store, NOW + GRACE))

    assert told.state_of(run) == "Cancelled"


def test_children_of_a_cancelled_run_are_cancelled(store, told, service):
    run = told.flow_run("parent")
    task, call = told.task_run(run, "task"), told.task_run(run, "call")
    child = told.flow_run("child", parent=call)
    inner = told.task_run(child, "inner")
    told.proposes(run, StateType.CANCELLED, NOW + SECOND)

    run_until_done(service, store, NOW + 2 * MINUTE)
    run_until_done(service, store, NOW + 4 * MINUTE)

    assert told.state_of(child) == "Cancelled"
    assert [told.task_state_of(one) for one in (task, call, inner)] == ["Cancelled"] * 3


def test_the_run_of_a_deployment_is_asked_to_end_where_its_caller_was_cancelled(store, told, service):
    run = told.flow_run("parent")
    call = told.task_run(run, "call")
    child = told.flow_run("child", parent=call, deployment=told.deployment())
    store.update_flow_run(child, {"infrastructure_pid": "host:1"}, NOW)
    told.proposes(run, StateType.CANCELLED, NOW + SECOND)

    run_until_done(service, store, NOW + 2 * MINUTE)

    assert told.state_of(child) == "Cancelling"
    run_until_done(service, store, NOW + 2 * MINUTE + GRACE)
    assert told.state_of(child) == "Cancelled"


def test_what_was_told_of_a_run_that_goes_on_is_left_alone(store, told, service):
    task = told.task_run(told.flow_run("parent"), "task")

    service.run_once(turn(store, NOW + DAY))

    assert told.task_state_of(task) == "Running"


def test_subflow_runs_that_a_journal_reports_are_their_process_s(store, told, service):
    story = Story(store).alive(NOW + DAY)
    root = story.running()
    story.tell(created("child", root=root), state(told_id("child"), "RUNNING", root=root))
    told.proposes(root, StateType.CANCELLED, NOW + SECOND, force=True)

    run_until_done(service, store, NOW + 2 * MINUTE)

    assert told.state_of(told_id("child")) == "Running"


def told_id(name):
    from tests.store.conformance.story import an_id

    return an_id(name)
