"""When a pool of threads grows, decided from what each tick saw."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.engine.growth import TICK_SECONDS, Growth, Tick

FEW = (os.cpu_count() or 1) + 2


def tick(waiting=100, taken=0, working=1, computed=0.0):
    """A tick in which ``computed`` of one core was in use."""
    return Tick(waiting, taken, working, TICK_SECONDS, TICK_SECONDS * computed)


def after(growth, *ticks):
    return [growth.after(each) for each in ticks]


def test_tasks_that_sleep_soon_have_a_thread_each():
    growth, working = Growth(), 1
    for _ in range(20):
        working += growth.after(tick(waiting=200 - working, working=working))
    assert working == 200


def test_tasks_that_are_taken_one_after_the_other_by_a_computing_thread_need_no_second_one():
    assert set(after(Growth(), *[tick(taken=30, computed=1.0)] * 500)) == {0}


def test_a_long_computation_gets_a_few_threads_as_it_may_leave_the_gil_to_them():
    growth = Growth()
    grown = after(growth, *[tick(computed=1.0)] * 10)
    assert grown == [0] * 9 + [FEW - 1]


def test_more_than_a_few_threads_come_late_to_long_computations():
    grown = after(Growth(), *[tick(working=FEW, computed=1.0)] * 50)
    assert grown == [0] * 49 + [FEW]


def test_a_job_that_is_taken_begins_a_standstill_anew():
    growth = Growth()
    assert not any(after(growth, *[tick(computed=1.0)] * 9, tick(taken=1, computed=1.0), *[tick(computed=1.0)] * 9))


def test_short_waits_get_more_threads_for_as_long_as_it_makes_them_faster():
    growth = Growth()
    assert sum(after(growth, *[tick(taken=2)] * 10)) == FEW - 1
    assert sum(after(growth, *[tick(taken=2, working=FEW)] * 100)) == 0
    assert sum(after(growth, *[tick(taken=4, working=FEW)] * 10)) == FEW


def test_nobody_need_look_on_once_no_job_has_waited_for_a_while():
    growth = Growth()
    after(growth, *[tick(waiting=0)] * 24)
    assert not growth.over
    after(growth, tick(), *[tick(waiting=0)] * 24)
    assert not growth.over
    after(growth, tick(waiting=0))
    assert growth.over


@given(
    st.lists(
        st.builds(tick, st.integers(0, 9), st.integers(0, 3), st.integers(1, 50), st.floats(0, 2, allow_nan=False)),
        max_size=200,
    )
)
def test_never_more_threads_than_jobs_that_wait(ticks):
    growth = Growth()
    for each in ticks:
        assert 0 <= growth.after(each) <= each.waiting


@pytest.mark.parametrize("working", [1, FEW, 10 * FEW])
def test_work_that_waits_for_ever_never_stands_still_for_ever(working):
    growth = Growth()
    assert any(growth.after(tick(working=working, computed=1.0)) for _ in range(10_000))
