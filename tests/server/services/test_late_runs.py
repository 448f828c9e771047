from tests.server.services.telling import MINUTE, NOW, SECOND, run_until_done, turn
from tidemill.domain.states import StateType
from tidemill.server.services.late_runs import LateRuns
from tidemill.settings import Settings


def test_a_run_that_nobody_picked_up_is_late(store, told):
    deployment = told.deployment()
    early, due = told.run(deployment, due=NOW + MINUTE), told.run(deployment, due=NOW)

    LateRuns(Settings()).run_once(turn(store, NOW + 15 * SECOND))

    assert (told.state_of(due), told.state_of(early)) == ("Late", "Scheduled")
    assert store.read_flow_run(due).state.type is StateType.SCHEDULED


def test_nobody_is_late_before_the_time_that_the_settings_say(store, told):
    run = told.run(told.deployment(), due=NOW)

    LateRuns(Settings()).run_once(turn(store, NOW + 14 * SECOND))

    assert told.state_of(run) == "Scheduled"


def test_a_late_run_keeps_the_time_it_was_due_at_and_is_marked_once(store, told):
    run = told.run(told.deployment(), due=NOW)
    service = LateRuns(Settings())

    service.run_once(turn(store, NOW + MINUTE))
    service.run_once(turn(store, NOW + 2 * MINUTE))

    states = [state.name for state in store.flow_run_states(run)]
    assert states == ["Scheduled", "Late"]
    assert store.overdue_runs(NOW + 10 * MINUTE, limit=10) == []


def test_many_late_runs_are_marked_in_several_passes(store, told):
    deployment = told.deployment()
    runs = [told.run(deployment, due=NOW) for _ in range(120)]

    passes = run_until_done(LateRuns(Settings()), store, NOW + MINUTE)

    assert passes == 2
    assert {told.state_of(run) for run in runs} == {"Late"}
