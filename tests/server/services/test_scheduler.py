from threading import Barrier, Thread

import pytest

from tests.server.services.telling import DAY, HOUR, MINUTE, NOW, SECOND, Told, run_until_done, turn
from tests.store.conformance.story import an_id
from tidemill.domain.states import from_us
from tidemill.server.services.scheduler import Scheduler
from tidemill.settings import Settings
from tidemill.wire.schedules import DeploymentSchedule


@pytest.fixture
def service():
    return Scheduler(Settings())


def runs_of(store, deployment):
    from tidemill.store.nouns import Wanted
    from tidemill.wire.flow_runs import FlowRunSort

    wanted = Wanted()
    found = store.list_flow_runs(wanted, now=NOW, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=1000)
    return [run for run in found if str(run.deployment_id) == deployment]


def dues(store, deployment):
    return [run.expected_start_time for run in runs_of(store, deployment)]


def test_runs_are_made_ahead_of_their_time(store, told, service):
    deployment = told.deployment()

    service.run_once(turn(store, NOW))

    due = dues(store, deployment)
    assert len(due) == 3
    assert all(moment.minute == moment.second == 0 for moment in due)
    assert all(run.auto_scheduled for run in runs_of(store, deployment))


def test_each_pass_says_when_the_next_run_is_owed_and_none_comes_twice(store, told, service):
    deployment = told.deployment()
    again = service.run_once(turn(store, NOW))

    assert again is not None
    assert again > NOW
    assert store.deployments_to_schedule(again - 1, limit=10) == []
    service.run_once(turn(store, again))
    due = dues(store, deployment)
    assert len(due) == 4
    assert len(set(due)) == 4


def test_a_paused_deployment_owes_nothing_until_it_goes_on(store, told, service):
    deployment = told.deployment()
    store.update_deployment(deployment, {"paused": True}, NOW)
    service.run_once(turn(store, NOW))
    assert dues(store, deployment) == []
    assert store.deployments_to_schedule(NOW + DAY, limit=10) == []

    store.update_deployment(deployment, {"paused": False}, NOW)
    service.run_once(turn(store, NOW + SECOND))

    assert len(dues(store, deployment)) == 3


def test_a_changed_schedule_is_looked_at_anew(store, told, service):
    deployment = told.deployment()
    service.run_once(turn(store, NOW))

    store.update_schedule(deployment, an_id("schedule deployment"), {"active": False}, NOW)
    service.run_once(turn(store, NOW))
    assert dues(store, deployment) == []
    store.update_schedule(deployment, an_id("schedule deployment"), {"active": True}, NOW)
    service.run_once(turn(store, NOW))

    assert len(dues(store, deployment)) == 3


def test_runs_that_were_withdrawn_are_made_anew(store, told, service):
    deployment = told.deployment()
    service.run_once(turn(store, NOW))

    store.withdraw_scheduled_runs(deployment)
    service.run_once(turn(store, NOW))

    assert len(dues(store, deployment)) == 3


def test_what_cannot_be_scheduled_does_not_hold_up_others(store, told, service, caplog):
    broken, sound = told.deployment("broken"), told.deployment("sound")
    store.replace_schedules(
        broken,
        [
            DeploymentSchedule(
                id=an_id("broken"),
                schedule={"cron": "no cron at all", "timezone": "UTC"},
                created=from_us(NOW),
                updated=from_us(NOW),
            )
        ],
    )

    run_until_done(service, store, NOW)

    assert len(dues(store, sound)) == 3
    assert "No runs could be made" in caplog.text


def test_many_deployments_take_several_passes(store, told):
    service = Scheduler(Settings())
    deployments = [told.deployment(str(number)) for number in range(120)]

    passes = run_until_done(service, store, NOW)

    assert passes == 2
    assert {len(dues(store, one)) for one in deployments[:2]} == {3}


@pytest.mark.parametrize("begin", range(3))
def test_f19_two_replicas_that_schedule_at_once_make_each_run_once(replicas, begin):
    store, another = replicas
    told, other = Told(store), another()
    deployments = [told.deployment(str(number)) for number in range(4)]
    ready, failures = Barrier(2), []

    def schedule(replica):
        service = Scheduler(Settings())
        ready.wait()
        try:
            for hour in range(3):
                service.run_once(turn(replica, NOW + (begin + hour) * HOUR))
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=schedule, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    for deployment in deployments:
        due = dues(store, deployment)
        assert len(due) == len(set(due)) >= 3


def test_idle_deployments_are_not_looked_at(store, told, service):
    for number in range(5):
        told.deployment(str(number))
    service.run_once(turn(store, NOW))

    assert store.deployments_to_schedule(NOW + MINUTE, limit=100) == []


def test_f25_schedules_that_are_changed_while_they_are_looked_at_leave_no_run_behind(replicas):
    """Whoever comes second sees what the first did: nothing is left of what a schedule said before."""
    store, another = replicas
    told, other = Told(store), another()
    deployment, failures = told.deployment(), []
    ready = Barrier(2)

    def schedule():
        service = Scheduler(Settings())
        ready.wait()
        for second in range(10):
            service.run_once(turn(other, NOW + second * SECOND))

    def change():
        ready.wait()
        try:
            for active in (False, True) * 4 + (False,):
                store.update_schedule(deployment, an_id("schedule deployment"), {"active": active}, NOW)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=schedule), Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Scheduler(Settings()).run_once(turn(store, NOW + MINUTE))

    assert failures == []
    assert dues(store, deployment) == []
