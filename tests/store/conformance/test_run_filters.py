"""Filters of flows, flow runs and task runs, against a plain reading of what they mean."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.conformance.backends import FRESH
from tests.store.conformance.told import NOW, Teller
from tests.store.conformance.what_fits import flow_fits, flow_run_fits, of_tags, task_run_fits
from tests.store.conformance.what_is_asked import (
    LATER,
    flags,
    flow_filters,
    flow_run_filters,
    many,
    operators,
    some,
    task_run_filters,
    told,
)
from tidemill.store import tag_lists as by_tag_lists
from tidemill.store.nouns import Wanted
from tidemill.wire.filters import FlowFilter, FlowRunFilter, TaskRunFilter


@many
@given(data=st.data())
def test_flow_runs_are_those_that_fit(world, data):
    runs = data.draw(flow_run_filters(world))
    flows = data.draw(st.none() | flow_filters)
    tasks = data.draw(st.none() | task_run_filters(world))
    wanted = Wanted(
        flow_runs=told(FlowRunFilter, runs), flows=told(FlowFilter, flows), task_runs=told(TaskRunFilter, tasks)
    )

    found = world.store.list_flow_runs(wanted, now=LATER, limit=1000)

    by_id = {flow["id"]: flow for flow in world.flows}
    expected = [
        run["id"]
        for run in world.flow_runs
        if flow_run_fits(world, runs, run)
        and (flows is None or flow_fits(flows, by_id[run["flow_id"]]))
        and (
            tasks is None
            or any(task["flow_run_id"] == run["id"] and task_run_fits(world, tasks, task) for task in world.task_runs)
        )
    ]
    assert [run.id for run in found] == expected
    assert world.store.count_listed_flow_runs(wanted) == len(expected)


@many
@given(data=st.data())
def test_task_runs_are_those_that_fit(world, data):
    tasks = data.draw(task_run_filters(world))
    runs = data.draw(st.none() | flow_run_filters(world))
    wanted = Wanted(task_runs=told(TaskRunFilter, tasks), flow_runs=told(FlowRunFilter, runs))

    found = world.store.list_task_runs(wanted, now=LATER, limit=1000)

    by_id = {run["id"]: run for run in world.flow_runs}
    expected = [
        task["id"]
        for task in world.task_runs
        if task_run_fits(world, tasks, task)
        and (runs is None or flow_run_fits(world, runs, by_id[task["flow_run_id"]]))
    ]
    assert [run.id for run in found] == expected
    assert world.store.count_listed_task_runs(wanted) == len(expected)


@many
@given(data=st.data())
def test_flows_are_those_that_fit(world, data):
    flows = data.draw(flow_filters)
    runs = data.draw(st.none() | flow_run_filters(world))
    wanted = Wanted(flows=told(FlowFilter, flows), flow_runs=told(FlowRunFilter, runs))

    found = world.store.list_flows(wanted, limit=100)

    expected = [
        flow["name"]
        for flow in world.flows
        if flow_fits(flows, flow)
        and (
            runs is None
            or any(run["flow_id"] == flow["id"] and flow_run_fits(world, runs, run) for run in world.flow_runs)
        )
    ]
    assert [flow.name for flow in found] == expected
    assert world.store.count_flows(wanted) == len(expected)


TAGS = st.lists(st.sampled_from(["x", "y", "é", 'q"', "a" * 300, "b" * 300]), max_size=4)


@many
@given(
    lists=st.lists(TAGS, max_size=8),
    asked=some(operator=operators, all_=TAGS, any_=TAGS, is_null_=flags),
    most=st.sampled_from([4_000, 2]),
)
@pytest.mark.parametrize("fresh", FRESH.values(), ids=FRESH)
def test_runs_are_found_by_their_tags_however_many_lists_there_are(fresh, lists, asked, most):
    with fresh() as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(by_tag_lists, "_MOST_LISTS", most)
        teller = Teller(store)
        flow = teller.flow()
        runs = {teller.flow_run(flow, tags=tags): tags for tags in lists}
        changed = dict(list(runs.items())[:2])
        for run in changed:
            store.update_flow_run(run, {"tags": ["changed"]}, NOW)
        runs |= {run: ["changed"] for run in changed}
        wanted = Wanted(flow_runs=msgspec.convert({"tags": asked}, FlowRunFilter, strict=False))

        found = {run.id for run in store.list_flow_runs(wanted, now=LATER, limit=100)}

        assert found == {run for run, tags in runs.items() if of_tags(asked, tags)}
        assert store.count_listed_flow_runs(wanted) == len(found)
