"""Deployments, what a scheduler makes of them, and what queues hand out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.conformance.backends import over_fresh_stores
from tests.store.conformance.story import NOW, SECOND, an_id
from tests.store.deployed import Deployed
from tidemill.domain.readiness import Patience
from tidemill.domain.schedules.planning import Ahead
from tidemill.domain.states import StateType, from_us
from tidemill.store.errors import MissingError, TakenError
from tidemill.store.nouns import Wanted
from tidemill.wire.deployments import DeploymentResponse
from tidemill.wire.filters import FlowRunFilter
from tidemill.wire.operators import CombinedIdsOrNull
from tidemill.wire.work_queues import WorkQueueResponse

PATIENCE = Patience()
HOUR = 3600 * SECOND


@pytest.fixture
def deployed(store):
    return Deployed(store)


def runs_of(store, deployment):
    from uuid import UUID

    wanted = Wanted(flow_runs=FlowRunFilter(deployment_id=CombinedIdsOrNull(any_=[UUID(deployment)])))
    return store.list_flow_runs(wanted, now=NOW, limit=1000)


def test_two_schedulers_make_one_run_of_each(store, deployed):
    deployment = deployed.deployment()
    ahead = Ahead(min_runs=3, max_runs=5, min_time=timedelta(hours=1))

    first = store.schedule_runs(deployment, NOW, ahead, deployed.new_id)
    assert store.schedule_runs(deployment, NOW + SECOND, ahead, deployed.new_id) == 0
    later = store.schedule_runs(deployment, NOW + HOUR, ahead, deployed.new_id)

    assert (first, later) == (3, 1)
    runs = runs_of(store, deployment)
    assert len({run.expected_start_time for run in runs}) == len(runs) == 4
    assert all(run.state_id and run.state.state_details.scheduled_time for run in runs)


def test_a_run_that_is_over_is_not_made_again(store, deployed):
    deployment = deployed.deployment()
    ahead = Ahead(min_runs=1, max_runs=1)
    store.schedule_runs(deployment, NOW, ahead, deployed.new_id)
    (run,) = runs_of(store, deployment)
    store.cancel_flow_run(run.id, NOW)

    assert store.schedule_runs(deployment, NOW, ahead, deployed.new_id) == 0


def test_a_flow_has_one_deployment_of_a_name(store, deployed):
    deployed.deployment()
    again = DeploymentResponse(
        flow_id=deployed.flow, id=an_id("other"), name="deployment", created=from_us(NOW), updated=from_us(NOW)
    )
    with pytest.raises(TakenError):
        store.create_deployment(again)
    with pytest.raises(MissingError):
        store.read_deployment(an_id("other"), NOW, PATIENCE)


def test_a_limit_goes_with_its_deployment(store, deployed):
    deployment = deployed.deployment()
    store.limit_deployment(deployment, 2, NOW, limit_id=an_id("limit"))
    assert [limit.limit for limit in store.limits(NOW)] == [2]

    store.delete_part_of_deployment(deployment)
    assert store.limits(NOW) == []


def test_a_flow_takes_its_deployments_and_their_limits_with_it(store, deployed):
    deployment = deployed.deployment()
    store.limit_deployment(deployment, 2, NOW, limit_id=an_id("limit"))
    store.delete_part_of_flow(deployed.flow)

    assert store.count_deployments() == 0
    assert store.limits(NOW) == []
    assert store.deployments_to_schedule(NOW, limit=9) == []


def test_a_shared_limit_stays(store, deployed):
    one, two = deployed.deployment("a"), deployed.deployment("b")
    store.limit_deployment(one, 2, NOW, limit_id=an_id("limit"))
    store.link_limit(two, an_id("limit"))
    store.limit_deployment(two, 7, NOW, limit_id=an_id("limit 2"))

    assert sorted(limit.limit for limit in store.limits(NOW)) == [2, 7]
    store.delete_part_of_deployment(two)
    assert store.read_deployment(one, NOW, PATIENCE).global_concurrency_limit.limit == 2


def test_runs_leave_by_priority_and_time_within_limits(store, deployed):
    deployment = deployed.deployment()
    late, early = (deployed.run(deployment, due=NOW + n) for n in (2, 1))
    urgent = [deployed.run(deployment, deployed.queue.id, due=NOW + n) for n in (8, 9)]

    def out(**asked):
        return [one.run_id for one in store.hand_out_runs("pool", now=NOW, **({"limit": 10} | asked))]

    assert out() == [*urgent, early, late]
    assert out(limit=3) == [*urgent, early]
    assert out(before=NOW + 8) == [urgent[0], early, late]
    store.update_work_queue(deployed.queue.id, {"concurrency_limit": 1}, NOW)
    assert out() == [urgent[0], early, late]
    deployed.run(deployment, deployed.queue.id, kind=StateType.PENDING)
    assert out() == [early, late]
    store.update_work_pool("pool", {"concurrency_limit": 2}, NOW)
    assert out() == [early]
    assert store.busy_by_queue([deployed.queue.id, deployed.pool.default_queue_id]) == {deployed.queue.id: 1}


def test_the_queue_of_a_name_is_made_once(store, deployed):
    def queue(name, id_):
        fresh = WorkQueueResponse(id=an_id(id_), name="", created=from_us(NOW), updated=from_us(NOW))
        return store.ensure_work_queue("pool", name, fresh)

    assert queue(None, "x") == deployed.pool.default_queue_id
    assert queue("new", "one") == queue("new", "two") == an_id("one")
    with pytest.raises(MissingError):
        store.ensure_work_queue("nowhere", None, deployed.queue)


@over_fresh_stores
@given(steps=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=12))
def test_no_two_queues_of_a_pool_have_one_priority(fresh_store, steps):
    with fresh_store() as store:
        Deployed(store)
        for number, priority in steps:
            name = f"queue {number}"
            queue = WorkQueueResponse(id=an_id(name), name=name, created=from_us(NOW), updated=from_us(NOW))
            try:
                store.create_work_queue("pool", queue, priority=priority)
            except TakenError:
                store.update_work_queue(an_id(name), {"priority": priority}, NOW)
            found = store.find_work_queues(pool_name="pool", now=NOW, patience=PATIENCE, limit=100)
            assert len({one.priority for one in found}) == len(found)
            assert next(one for one in found if one.name == name).priority == priority
