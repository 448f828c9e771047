"""A store is used by many threads, and by children that a process was forked into."""

from __future__ import annotations

import multiprocessing

import pytest

from .story import NOW, Story, an_id, tell_from_threads


def test_threads_share_a_store(store):
    tell_from_threads(store)

    assert len(store.read_logs(limit=-1)) == 60


def _in_child(store, answers):
    Story(store, "child").running("from the child")
    answers.put([run.name for run in store.find_flow_runs()])


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("store", ["sqlite-file", "postgres"], indirect=True)
def test_f10_a_forked_child_gets_connections_of_its_own(store):
    Story(store).running("from the parent", created_us=NOW - 1)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    child = context.Process(target=_in_child, args=(store, answers))
    child.start()
    seen = answers.get(timeout=30)
    child.join()

    assert sorted(seen) == ["from the child", "from the parent"]
    assert store.read_flow_run(an_id("from the child")).holder == "child"
