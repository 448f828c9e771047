"""Deleting much, part by part: what is not deleted yet can still be found, and is deleted by whoever begins again."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import NOW, an_id, created, line, started
from tests.store.conformance.told import Teller
from tests.store.deployed import Deployed
from tidemill.domain.states import StateType

DEPTH = 4
CALLS = 7


def a_tree(story, name):
    """A run with calls and log lines; one of its calls is a run with calls and log lines, and so on."""
    root = parent = story.running(name)
    for depth in range(DEPTH):
        calls = [f"{name} {depth} {number}" for number in range(CALLS)]
        child = f"{name} child {depth}"
        story.tell(*(started(parent, call, root=root) for call in calls))
        story.tell(*(line(parent, "said", task=call) for call in calls))
        story.tell(created(child, root=root, parent_task_run_id=an_id(calls[0])))
        parent = an_id(child)
    return root


def rows(store):
    return len(store.find_flow_runs(limit=1000)), len(store.find_task_runs(limit=1000)), len(list(store.read_logs()))


@pytest.mark.parametrize("limit", [1, 3, 10, 1000])
def test_a_run_goes_part_by_part_and_last_of_all_that_is_below_it(store, story, limit):
    root = a_tree(story, "gone")
    story.running("kept")
    left = rows(store)
    assert left == (DEPTH + 2, DEPTH * CALLS, DEPTH * CALLS)

    while not store.delete_part_of_flow_runs([root], limit=limit):
        now = rows(store)
        assert now < left
        assert sum(left) - sum(now) <= limit + 1
        left = now
        runs = {run.id: run for run in store.find_flow_runs()}
        assert root in runs
        callers = {task.id: task.flow_run_id for task in store.find_task_runs(limit=1000)}
        assert all(callers[run.parent_task_run_id] in runs for run in runs.values() if run.parent_task_run_id)

    assert [run.name for run in store.find_flow_runs()] == ["kept"]
    assert rows(store) == (1, 0, 0)


def test_a_run_below_another_goes_part_by_part_too(store, story):
    a_tree(story, "stays")

    while not store.delete_part_of_flow_runs([an_id("stays child 0")], limit=2):
        assert an_id("stays child 0") in {run.id for run in store.find_flow_runs()}

    assert rows(store) == (1, CALLS, CALLS)


def test_runs_that_call_each_other_in_a_circle_go(store):
    teller = Teller(store)
    flow = teller.flow()
    one, other = teller.new_id(), teller.new_id()
    teller.flow_run(flow, id=one)
    call = teller.task_run(one)
    teller.flow_run(flow, id=other, parent_task_run_id=call)
    back = teller.task_run(other)
    teller.flow_run(flow, id=teller.new_id(), parent_task_run_id=back)

    assert store.delete_part_of_flow_runs([one, other])

    assert rows(store) == (0, 0, 0)


def test_flows_go_together_when_all_their_runs_are_gone(store):
    teller = Teller(store)
    flows = [teller.flow(name) for name in ("a", "b")]
    for flow in flows:
        for _ in range(3):
            teller.task_run(teller.flow_run(flow))

    parts = 1
    while not store.delete_part_of_flows(flows, limit=2):
        assert store.count_flows() == len(flows)
        parts += 1

    assert parts > len(flows)
    assert (store.count_flows(), rows(store)) == (0, (0, 0, 0))


def test_a_deployment_goes_when_its_waiting_runs_are_gone(store):
    deployed = Deployed(store)
    deployment = deployed.deployment()
    for number in range(5):
        deployed.run(deployment, due=NOW + number)
    running = deployed.run(deployment, kind=StateType.RUNNING)

    parts = [store.delete_part_of_deployment(deployment, limit=2) for _ in range(3)]

    assert parts == [False, False, True]
    assert [run.id for run in store.find_flow_runs()] == [running]
    assert store.count_deployments() == 0


@pytest.mark.parametrize("delete", ["pool", "queue"])
def test_a_queue_goes_when_no_run_waits_in_it(store, delete):
    deployed = Deployed(store)
    deployment = deployed.deployment(queue=deployed.queue.id)
    runs = {deployed.run(deployment, queue=deployed.queue.id, due=NOW + number) for number in range(5)}

    def part():
        if delete == "pool":
            return store.delete_part_of_work_pool("pool", limit=2)
        return store.delete_part_of_work_queue(deployed.queue.id, limit=2)

    assert [part() for _ in range(3)] == [False, False, True]
    found = store.list_flow_runs(now=NOW, limit=10)
    assert {run.id for run in found} == runs
    assert {run.work_queue_id for run in found} == {None}
