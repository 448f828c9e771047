"""The order in which flow runs and task runs come, and the pages of their lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.conformance.what_fits import at, flow_run_fits, task_run_fits
from tests.store.conformance.what_is_asked import LATER, flow_run_filters, many, plain, task_run_filters, told
from tidemill.store import picking
from tidemill.store.nouns import Wanted
from tidemill.store.store import Store
from tidemill.wire.filters import FlowRunFilter, TaskRunFilter
from tidemill.wire.flow_runs import FlowRunSort
from tidemill.wire.task_runs import TaskRunSort


def last(value, *, none_last):
    return (value is None) == none_last, value or ""


#: Both kinds of runs have these.
ORDERS_OF_BOTH = {
    "ID_DESC": (lambda run: run["id"], True),
    "NAME_ASC": (lambda run: run["name"], False),
    "NAME_DESC": (lambda run: run["name"], True),
    "NEXT_SCHEDULED_START_TIME_ASC": (lambda run: last(run["next_scheduled_start_time"], none_last=True), False),
    "END_TIME_DESC": (lambda run: last(run["end_time"], none_last=False), True),
}
FLOW_RUN_ORDERS = {
    **{FlowRunSort[name]: order for name, order in ORDERS_OF_BOTH.items()},
    FlowRunSort.START_TIME_ASC: (lambda run: at(run["start_time"] or run["expected_start_time"]), False),
    FlowRunSort.START_TIME_DESC: (lambda run: at(run["start_time"] or run["expected_start_time"]), True),
    FlowRunSort.EXPECTED_START_TIME_ASC: (lambda run: at(run["expected_start_time"]), False),
    FlowRunSort.EXPECTED_START_TIME_DESC: (lambda run: at(run["expected_start_time"]), True),
}
TASK_RUN_ORDERS = {
    **{TaskRunSort[name]: order for name, order in ORDERS_OF_BOTH.items()},
    TaskRunSort.EXPECTED_START_TIME_ASC: (lambda run: at(run["expected_start_time"] or run["created"]), False),
    TaskRunSort.EXPECTED_START_TIME_DESC: (lambda run: at(run["expected_start_time"] or run["created"]), True),
}
ORDERS = [
    *((Store.list_flow_runs, sort, *FLOW_RUN_ORDERS[sort]) for sort in FlowRunSort),
    *((Store.list_task_runs, sort, *TASK_RUN_ORDERS[sort]) for sort in TaskRunSort),
]


@pytest.mark.parametrize(("listed", "sort", "key", "descending"), ORDERS)
def test_runs_come_in_the_order_that_is_asked_for(world, listed, sort, key, descending):
    found = plain(listed(world.store, now=LATER, limit=1000, sort=sort))

    keys = [key(run) for run in found]
    assert keys == sorted(keys, reverse=descending)
    assert len(found) == len(world.flow_runs if listed is Store.list_flow_runs else world.task_runs)
    pages = [listed(world.store, now=LATER, limit=7, offset=at_, sort=sort) for at_ in range(0, len(found), 7)]
    assert [run.id for page in pages for run in page] == [run["id"] for run in found]


#: How each kind is listed, how it is sorted, what may be asked of it, and what fits that.
LISTS = {
    "flow_runs": (Store.list_flow_runs, FlowRunSort, flow_run_filters, FlowRunFilter, flow_run_fits),
    "task_runs": (Store.list_task_runs, TaskRunSort, task_run_filters, TaskRunFilter, task_run_fits),
}


@many
@given(data=st.data(), fronts=st.sampled_from([(300, 5_000), (2, 9)]), few=st.sampled_from([(2_500, 4_000), (1, 3)]))
@pytest.mark.parametrize("kind", LISTS)
def test_a_page_is_a_part_of_the_whole_list(world, kind, data, fronts, few):
    listed, sorts, filters, made, fits = LISTS[kind]
    asked = data.draw(filters(world))
    sort = data.draw(st.sampled_from(sorts))
    limit, offset = data.draw(st.integers(1, 12)), data.draw(st.integers(0, 6))
    whole = plain(listed(world.store, now=LATER, limit=1000, sort=sort))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picking, "_FRONTS", fronts)
        patch.setattr(picking, "_VERY_FEW", few[0])
        patch.setattr(picking, "_FEW", few[1])
        wanted = Wanted(**{kind: told(made, asked)})
        found = listed(world.store, wanted, now=LATER, limit=limit, offset=offset, sort=sort)

    expected = [run["id"] for run in whole if fits(world, asked, run)]
    assert [run.id for run in found] == expected[offset : offset + limit]
