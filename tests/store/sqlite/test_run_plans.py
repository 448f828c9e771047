"""What is asked over REST about runs goes by an index: nothing walks through a table that grows."""

from __future__ import annotations

import pytest

from tests.store.conformance.told import NOW, SECOND, Teller, an_id
from tests.store.sqlite.test_plans import Plans
from tidemill.domain.states import StateType, from_us
from tidemill.store.nouns import Wanted
from tidemill.wire.filters import DeploymentFilter, FlowFilter, FlowRunFilter, TaskRunFilter, WorkQueueFilter
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.operators import (
    CombinedIdsOrNull,
    FlowRunStates,
    Ids,
    IdsOrNot,
    Names,
    StateTypesOrNot,
    TagsOrAny,
    TextsOrNot,
    Times,
)
from tidemill.wire.task_runs import TaskRunSort

RUN, TASK = an_id("run"), an_id("task")


@pytest.fixture
def plans(tmp_path):
    plans = Plans(tmp_path / "home" / "tidemill.db")
    teller = Teller(plans.store)
    teller.flow_run(teller.flow(), "RUNNING", id=RUN)
    teller.task_run(RUN, id=TASK, tags=["x"])
    plans.watch()
    yield plans
    plans.store.close()


def runs(**wanted):
    return Wanted(flow_runs=FlowRunFilter(**wanted))


FAILED = FlowRunStates(type=StateTypesOrNot(any_=[StateType.FAILED]))
OF_RUN = Wanted(flow_runs=FlowRunFilter(id=IdsOrNot(any_=[RUN])))
HOT = {
    "read": lambda t: t.store.get_flow_run(RUN, NOW),
    "make": lambda t: t.flow_run(t.flow(), idempotency_key="k"),
    "make again": lambda t: [t.flow_run(t.flow(), idempotency_key="k") for _ in range(2)],
    "make below": lambda t: t.flow_run(t.flow(), parent_task_run_id=TASK),
    "propose": lambda t: t.propose(RUN, "COMPLETED", transition_id=an_id("t")),
    "make a task run": lambda t: t.task_run(RUN, "t", "1"),
    "make a task run again": lambda t: t.task_run(RUN),
    "propose for a task run": lambda t: t.propose_task(TASK, "RUNNING", cache_key="k"),
    "states": lambda t: (t.store.states_of_flow_run(RUN), t.store.states_of_task_run(TASK)),
    "a state": lambda t: t.store.flow_run_state(t.store.states_of_flow_run(RUN)[0].id),
    "a state of a task run": lambda t: t.store.task_run_state(t.store.states_of_task_run(TASK)[0].id),
    "by id": lambda t: t.store.list_flow_runs(OF_RUN, now=NOW, limit=9),
    "by state": lambda t: t.store.list_flow_runs(runs(state=FAILED), now=NOW, limit=9),
    "by name": lambda t: t.store.list_flow_runs(runs(name=Names(any_=["x"])), now=NOW, limit=9),
    "by deployment": lambda t: t.store.list_flow_runs(
        runs(deployment_id=CombinedIdsOrNull(any_=[an_id("d")])), now=NOW, limit=9
    ),
    "since": lambda t: t.store.list_flow_runs(runs(expected_start_time=Times(after_=from_us(NOW))), now=NOW, limit=9),
    "due": lambda t: t.store.list_flow_runs(
        runs(next_scheduled_start_time=Times(before_=from_us(NOW))), now=NOW, limit=9
    ),
    "by flow": lambda t: t.store.list_flow_runs(
        Wanted(flows=FlowFilter(name=Names(any_=["etl"]))), now=NOW, limit=9, sort=FlowRunSort.EXPECTED_START_TIME_DESC
    ),
    "by deployment's name": lambda t: t.store.list_flow_runs(
        Wanted(deployments=DeploymentFilter(name=Names(any_=["d"]))), now=NOW, limit=9
    ),
    "by task run": lambda t: t.store.list_flow_runs(
        Wanted(task_runs=TaskRunFilter(id=Ids(any_=[TASK]))), now=NOW, limit=9
    ),
    "by state's name": lambda t: t.store.list_flow_runs(
        runs(state=FlowRunStates(name=TextsOrNot(any_=["Late"]))), now=NOW, limit=9
    ),
    "by tag": lambda t: t.store.list_flow_runs(runs(tags=TagsOrAny(all_=["x"])), now=NOW, limit=9),
    "count by tag": lambda t: t.store.count_listed_flow_runs(runs(tags=TagsOrAny(any_=["x"]))),
    "by queue": lambda t: t.store.list_flow_runs(
        Wanted(work_queues=WorkQueueFilter(id=Ids(any_=[an_id("q")]))), now=NOW, limit=9
    ),
    "of no key": lambda t: t.store.count_listed_flow_runs(runs(idempotency_key=TextsOrNot(any_=["k"]))),
    "count": lambda t: t.store.count_listed_flow_runs(),
    "count failed": lambda t: t.store.count_listed_flow_runs(runs(state=FAILED)),
    "task runs of a run": lambda t: t.store.list_task_runs(OF_RUN, now=NOW, limit=9),
    "count task runs of a run": lambda t: t.store.count_listed_task_runs(OF_RUN),
    "newest task runs": lambda t: t.store.list_task_runs(now=NOW, limit=9, sort=TaskRunSort.EXPECTED_START_TIME_DESC),
    "count by run": lambda t: t.store.task_runs_of([RUN]),
    "history": lambda t: t.store.history(
        "flow_run", Wanted(), start=NOW, end=NOW + 9 * SECOND, interval=SECOND, now=NOW
    ),
    "next runs": lambda t: t.store.next_runs_of([an_id("f")]),
    "graph": lambda t: t.store.flow_run_graph(RUN, since=0, most=9, most_artifacts=9),
    "dependencies": lambda t: t.store.dependencies(RUN, NOW),
    "delete a task run": lambda t: t.store.delete_task_run(TASK),
} | {
    f"in the order {sort}": lambda t, sort=sort: t.store.list_flow_runs(now=NOW, limit=9, sort=sort)
    for sort in FlowRunSort
    if sort is not FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC
}


@pytest.mark.parametrize("name", HOT)
def test_goes_by_an_index(plans, name):
    HOT[name](Teller(plans.store, seed=9))
    assert plans.walks == []
