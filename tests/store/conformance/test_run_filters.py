"""Filters of flows, flow runs and task runs, against a plain reading of what they mean."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.store.conformance.backends import FRESH
from tests.store.conformance.told import KINDS, NOW, SECOND, Teller, an_id, crowd
from tidemill.domain.states import from_us
from tidemill.store import picking
from tidemill.store import tag_lists as by_tag_lists
from tidemill.store.nouns import Wanted
from tidemill.wire.filters import FlowFilter, FlowRunFilter, TaskRunFilter
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.task_runs import TaskRunSort

LATER = NOW + 10_000 * SECOND


class World:
    """A store that is full, and all that is in it as plain data."""

    def __init__(self, store):
        self.store = store
        crowd(store)
        self.flows = plain(store.list_flows(limit=100))
        self.flow_runs = plain(store.list_flow_runs(now=LATER, limit=1000))
        self.task_runs = plain(store.list_task_runs(now=LATER, limit=1000))


def plain(things):
    return msgspec.json.decode(msgspec.json.encode(things))


@pytest.fixture(scope="module", params=FRESH)
def world(request):
    with FRESH[request.param]() as store:
        yield World(store)


ids = st.sampled_from([an_id("d1"), an_id("d2"), an_id("nobody")])
names = st.sampled_from(["alpha", "Beta", "gamma_1", "a%b", "run-3", "nothing"])
parts = st.sampled_from(["a", "A", "_", "%", "run", "BETA", "\\", ""])
tag_lists = st.lists(st.sampled_from(["x", "y", "z", "none"]), max_size=2)
times = st.integers(-100, 100).map(lambda s: from_us(NOW + s * SECOND).isoformat())
flags = st.booleans()
operators = st.sampled_from(["and_", "or_"])
kinds = st.lists(st.sampled_from([kind.value for kind in KINDS]), max_size=3)
state_names = st.lists(st.sampled_from(["Running", "Completed", "Scheduled", "Other"]), max_size=2)


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


def listed(values):
    return st.lists(values, max_size=3)


tags_ = some(operator=operators, all_=tag_lists, any_=tag_lists, is_null_=flags)
task_tags = some(operator=operators, all_=tag_lists, is_null_=flags)
times_ = some(after_=times, before_=times)
times_or_null = some(after_=times, before_=times, is_null_=flags)
texts = st.sampled_from(["v1", "v2", "default", "fast", "x"])
keys = st.sampled_from(["key-0-5", "key-1-1", "key-2-12", "no"])


def flow_run_filters(world):
    known = st.sampled_from([run["id"] for run in world.flow_runs] + [an_id("nobody")])
    standing = st.sampled_from([run["parent_task_run_id"] or an_id("nobody") for run in world.flow_runs])
    return some(
        operator=operators,
        id=some(any_=listed(known), not_any_=listed(known)),
        name=some(any_=listed(names), like_=parts),
        tags=tags_,
        deployment_id=some(operator=operators, any_=listed(ids), is_null_=flags),
        work_queue_name=some(operator=operators, any_=listed(texts), is_null_=flags),
        state=some(
            operator=operators, type=some(any_=kinds, not_any_=kinds), name=some(any_=state_names, not_any_=state_names)
        ),
        flow_version=some(any_=listed(texts)),
        start_time=times_or_null,
        end_time=times_or_null,
        expected_start_time=times_,
        next_scheduled_start_time=times_,
        parent_flow_run_id=some(operator=operators, any_=listed(known)),
        parent_task_run_id=some(operator=operators, any_=listed(standing), is_null_=flags),
        idempotency_key=some(any_=listed(keys), not_any_=listed(keys)),
        created_by=some(
            operator=operators,
            id_=listed(st.sampled_from([an_id("who"), an_id("it")])),
            type_=listed(st.sampled_from(["USER", "AUTOMATION"])),
            is_null_=flags,
        ),
    )


def task_run_filters(world):
    known = st.sampled_from([run["id"] for run in world.task_runs])
    runs = st.sampled_from([run["id"] for run in world.flow_runs])
    return some(
        operator=operators,
        id=some(any_=listed(known)),
        name=some(any_=listed(st.sampled_from(["t-0", "u-1"])), like_=parts),
        tags=task_tags,
        state=some(operator=operators, type=some(any_=kinds), name=some(any_=state_names)),
        start_time=times_or_null,
        end_time=times_or_null,
        expected_start_time=times_,
        subflow_runs=some(exists_=flags),
        flow_run_id=some(operator=operators, any_=listed(runs), is_null_=flags),
    )


flow_filters = some(
    operator=operators,
    name=some(any_=listed(st.sampled_from(["etl", "Report", "no"])), like_=parts),
    tags=task_tags,
)


# What the operators mean, said plainly.


def at(text):
    return None if text is None else datetime.fromisoformat(text)


def joined(given, answers):
    answers = list(answers)
    if not answers:
        return True
    return any(answers) if given.get("operator") == "or_" else all(answers)


def of_value(given, value):
    moment = at if isinstance(value, str) and ("after_" in given or "before_" in given) else lambda one: one
    told = moment(value)
    answers = {
        "any_": lambda wanted: value in wanted,
        "not_any_": lambda wanted: value is None or value not in wanted,
        "like_": lambda part: part.lower() in value.lower(),
        "after_": lambda when: told is not None and told >= at(when),
        "before_": lambda when: told is not None and told <= at(when),
        "is_null_": lambda wanted: (value is None) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def of_tags(given, tags):
    answers = {
        "all_": lambda wanted: set(wanted) <= set(tags),
        "any_": lambda wanted: bool(set(wanted) & set(tags)),
        "is_null_": lambda wanted: (not tags) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def asks(given):
    """Whether a condition asks anything at all."""
    return any(asks(value) if isinstance(value, dict) else name != "operator" for name, value in given.items())


def of_state(given, run):
    values = {"type": run["state_type"], "name": run["state_name"]}
    return joined(
        given, (of_value(given[name], values[name]) for name in values if name in given and asks(given[name]))
    )


def of_creator(given, who):
    answers = {
        "id_": lambda wanted: who is not None and who["id"] in wanted,
        "type_": lambda wanted: who is not None and who["type"] in wanted,
        "is_null_": lambda wanted: (who is None) == wanted,
    }
    return joined(given, (answers[name](wanted) for name, wanted in given.items() if name != "operator"))


def of_begun(given, run):
    """A run that has not begun counts at the time at which it is expected to."""
    asked = {name: value for name, value in given.items() if name != "is_null_"}
    null = given.get("is_null_")
    return of_value(asked, run["start_time"] or run["expected_start_time"]) and null in (
        None,
        run["start_time"] is None,
    )


def flow_run_fits(world, given, run):
    parents = {task["id"]: task["flow_run_id"] for task in world.task_runs}
    special = {
        "tags": lambda asked: of_tags(asked, run["tags"]),
        "state": lambda asked: of_state(asked, run),
        "start_time": lambda asked: of_begun(asked, run),
        "created_by": lambda asked: of_creator(asked, run["created_by"]),
        "parent_flow_run_id": lambda asked: of_value(asked, parents.get(run["parent_task_run_id"])),
    }
    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, run[name])
            for name, asked in given.items()
            if name != "operator" and asks(asked)
        ),
    )


def task_run_fits(world, given, run):
    standing = {flow_run["parent_task_run_id"] for flow_run in world.flow_runs}

    def of_flow_run(asked):
        answers = [run["flow_run_id"] in asked["any_"]] if "any_" in asked else []
        answers += [run["flow_run_id"] is None] if asked.get("is_null_") else []
        return joined(asked, answers)

    special = {
        "tags": lambda asked: of_tags(asked, run["tags"]),
        "state": lambda asked: of_state(asked, run),
        "subflow_runs": lambda asked: (run["id"] in standing) == asked["exists_"],
        "flow_run_id": of_flow_run,
    }

    def matters(name, asked):
        if name == "flow_run_id":
            return "any_" in asked or asked.get("is_null_")
        return name != "operator" and asks(asked)

    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, run[name])
            for name, asked in given.items()
            if name != "operator" and matters(name, asked)
        ),
    )


def flow_fits(given, flow):
    special = {"tags": lambda asked: of_tags(asked, flow["tags"])}
    return joined(
        given,
        (
            special[name](asked) if name in special else of_value(asked, flow[name])
            for name, asked in given.items()
            if name != "operator" and asks(asked)
        ),
    )


def told(kind, given):
    return None if given is None else msgspec.convert(given, kind, strict=False)


many = settings(
    max_examples=60 if FULL else 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


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


def last(value, *, none_last):
    return (value is None) == none_last, value or ""


FLOW_RUN_ORDERS = {
    FlowRunSort.ID_DESC: (lambda run: run["id"], True),
    FlowRunSort.START_TIME_ASC: (lambda run: at(run["start_time"] or run["expected_start_time"]), False),
    FlowRunSort.START_TIME_DESC: (lambda run: at(run["start_time"] or run["expected_start_time"]), True),
    FlowRunSort.EXPECTED_START_TIME_ASC: (lambda run: at(run["expected_start_time"]), False),
    FlowRunSort.EXPECTED_START_TIME_DESC: (lambda run: at(run["expected_start_time"]), True),
    FlowRunSort.NAME_ASC: (lambda run: run["name"], False),
    FlowRunSort.NAME_DESC: (lambda run: run["name"], True),
    FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC: (
        lambda run: last(run["next_scheduled_start_time"], none_last=True),
        False,
    ),
    FlowRunSort.END_TIME_DESC: (lambda run: last(run["end_time"], none_last=False), True),
}


@pytest.mark.parametrize("sort", FlowRunSort)
def test_flow_runs_come_in_the_order_that_is_asked_for(world, sort):
    key, descending = FLOW_RUN_ORDERS[sort]

    found = plain(world.store.list_flow_runs(now=LATER, limit=1000, sort=sort))

    keys = [key(run) for run in found]
    assert keys == sorted(keys, reverse=descending)
    assert len(found) == len(world.flow_runs)
    pages = [world.store.list_flow_runs(now=LATER, limit=7, offset=at_, sort=sort) for at_ in range(0, len(found), 7)]
    assert [run.id for page in pages for run in page] == [run["id"] for run in found]


@pytest.mark.parametrize("sort", TaskRunSort)
def test_task_runs_come_in_one_order(world, sort):
    found = world.store.list_task_runs(now=LATER, limit=1000, sort=sort)
    pages = [world.store.list_task_runs(now=LATER, limit=5, offset=at_, sort=sort) for at_ in range(0, len(found), 5)]
    assert [run.id for page in pages for run in page] == [run.id for run in found]


@many
@given(data=st.data(), fronts=st.sampled_from([(300, 5_000), (2, 9)]), few=st.sampled_from([(2_500, 4_000), (1, 3)]))
def test_a_page_is_a_part_of_the_whole_list(world, data, fronts, few):
    given_ = data.draw(flow_run_filters(world))
    sort = data.draw(st.sampled_from(FlowRunSort))
    limit, offset = data.draw(st.integers(1, 12)), data.draw(st.integers(0, 6))
    whole = plain(world.store.list_flow_runs(now=LATER, limit=1000, sort=sort))
    wanted = Wanted(flow_runs=told(FlowRunFilter, given_))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picking, "_FRONTS", fronts)
        patch.setattr(picking, "_VERY_FEW", few[0])
        patch.setattr(picking, "_FEW", few[1])
        found = world.store.list_flow_runs(wanted, now=LATER, limit=limit, offset=offset, sort=sort)

    expected = [run["id"] for run in whole if flow_run_fits(world, given_, run)]
    assert [run.id for run in found] == expected[offset : offset + limit]


@many
@given(data=st.data(), fronts=st.sampled_from([(300, 5_000), (2, 9)]))
def test_a_page_of_task_runs_is_a_part_of_the_whole_list(world, data, fronts):
    given_ = data.draw(task_run_filters(world))
    sort = data.draw(st.sampled_from(TaskRunSort))
    limit, offset = data.draw(st.integers(1, 12)), data.draw(st.integers(0, 6))
    whole = plain(world.store.list_task_runs(now=LATER, limit=1000, sort=sort))
    wanted = Wanted(task_runs=told(TaskRunFilter, given_))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picking, "_FRONTS", fronts)
        found = world.store.list_task_runs(wanted, now=LATER, limit=limit, offset=offset, sort=sort)

    expected = [run["id"] for run in whole if task_run_fits(world, given_, run)]
    assert [run.id for run in found] == expected[offset : offset + limit]


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
