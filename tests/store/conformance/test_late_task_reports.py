"""What comes about a task run after it has ended, or from a process that was taken for dead, changes nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tidemill.domain.entries import RootHeld, TaskRunStateSet
from tidemill.domain.states import LEGAL, REOPENING, TERMINAL_STATES, StateType

from .backends import over_fresh_stores
from .story import NOW, SECOND, Story, an_id, ended, pending, started, waiting

LATER = NOW + 9 * SECOND
ENDS = sorted(TERMINAL_STATES)


def names(store, task: str = "task") -> list[str]:
    return [state.name for state in store.task_run_states(an_id(task))]


def reports(store) -> list[tuple[int, int]]:
    return [(late.entry_seq, late.kind) for late in store.late_reports()]


def buried(store, producer: str) -> None:
    store.crash_runs_of(producer, NOW + SECOND, "taken for dead")
    store.end_producer(producer, NOW + SECOND)


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
def test_an_end_does_not_follow_an_end(store, story, first, second):
    run = story.running()
    story.tell(started(run), ended(run, kind=first, result="first"))

    story.tell(ended(run, kind=second, at=LATER, result="second"))

    assert names(store) == ["Running", first.title()]
    assert store.kept_result(an_id("task")) == "first"
    ((_, kind),) = reports(store)
    assert kind == 6
    assert first.title() in store.late_reports()[0].reason


def test_an_end_without_a_beginning_is_kept_aside(store, story):
    run = story.running()

    story.tell(ended(run), started(run, "other"))

    assert [task_run.name for task_run in store.find_task_runs()] == ["other"]
    assert "not there" in store.late_reports()[0].reason


def test_a_child_process_that_was_taken_for_dead_does_not_change_what_was_ended_for_it(store, story):
    run = story.alive().running()
    child = Story(store, "child").alive()
    child.tell(RootHeld(run, 1, shared=True), started(run))
    buried(store, "child")

    child.tell(ended(run, at=LATER))
    child.tell(waiting(run, at=LATER), started(run, at=LATER + 1, attempt=2), ended(run, at=LATER + 2, attempt=2))

    assert names(store) == ["Running", "Crashed"]
    assert reports(store) == [(3, 6), (4, 5), (5, 4), (6, 6)]


def test_what_runs_again_elsewhere_is_not_ended_by_who_was_taken_for_dead(store, story):
    run = story.alive().running()
    child = Story(store, "child").alive()
    child.tell(RootHeld(run, 1, shared=True), started(run))
    buried(store, "child")
    story.tell(started(run, at=LATER, attempt=2))

    child.tell(ended(run, at=LATER + 1))
    story.tell(ended(run, at=LATER + 2, attempt=2, result="the one"))

    assert names(store) == ["Running", "Crashed", "Running", "Completed"]
    assert store.kept_result(an_id("task")) == "the one"
    assert len(reports(store)) == 1


def test_what_was_not_known_before_is_still_believed(store, story):
    story.alive().tell(started(None, "known"))
    buried(store, story.producer)

    story.tell(started(None, "late"), ended(None, "late"), started(None, "later"))
    story.tell(ended(None, "later"), ended(None, "known"))

    assert names(store, "late") == names(store, "later") == ["Running", "Completed"]
    assert names(store, "known") == ["Running", "Crashed"]
    assert len(reports(store)) == 1


def test_a_task_run_that_completed_may_still_be_rolled_back(store, story):
    run = story.running()
    story.tell(started(run), ended(run))

    story.tell(TaskRunStateSet(run, an_id("task"), "COMPLETED", "RolledBack", None, LATER, 1))

    assert names(store) == ["Running", "Completed", "RolledBack"]


@over_fresh_stores
@settings(max_examples=60 if FULL else 25, deadline=None)
@given(st.lists(st.sampled_from(list(StateType)), max_size=6), st.sets(st.integers(0, 6)), st.sampled_from([1, 9]))
def test_whatever_comes_the_path_is_legal_and_nothing_is_lost(fresh_store, kinds, as_ends, size):
    with fresh_store() as store:
        story = Story(store)
        run = story.running()
        told = [started(run, at=NOW)]
        for place, kind in enumerate(kinds, 1):
            if kind in TERMINAL_STATES and place in as_ends:
                told.append(ended(run, kind=kind, at=NOW + place))
            else:
                told.append(TaskRunStateSet(run, an_id("task"), kind, kind.title(), None, NOW + place, 1))

        for at in range(0, len(told), size):
            story.tell(*told[at : at + size])

        path = [state.type for state in store.task_run_states(an_id("task"))]
        for old, new in pairwise(path):
            assert new in LEGAL[old] or (old in TERMINAL_STATES and new in REOPENING)
        assert len(path) + len(reports(store)) == len(told)


def test_what_exists_already_may_be_created_again_only_by_the_living(store, story):
    run = story.alive().running()
    child = Story(store, "child").alive()
    child.tell(RootHeld(run, 1, shared=True), pending(run))
    buried(store, "child")

    child.tell(pending(run, at=LATER))
    assert names(store) == ["Pending", "Crashed"]
    story.tell(pending(run, at=LATER + 1))
    assert names(store) == ["Pending", "Crashed", "Pending"]
