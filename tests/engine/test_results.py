"""Where a run's value goes, and how it is had again. Covers F22 within the process."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from tidemill import flow, task
from tidemill.domain.values import Handle
from tidemill.engine.continuing import continue_run
from tidemill.engine.results import RecordedValue
from tidemill.filesystems import LocalFileSystem
from tidemill.results import get_result_store, result_context, should_persist_result
from tidemill.serializers import JSONSerializer
from tidemill.settings import temporary_settings
from tidemill.states import Completed

LARGE = bytes(100_000)


def persistence(settings, flow_option=None, task_option=None):
    """What flow and task find, with these settings and options."""

    @task(persist_result=task_option)
    def inner():
        return should_persist_result()

    @flow(persist_result=flow_option)
    def outer():
        return should_persist_result(), inner()

    with temporary_settings(settings):
        return outer()


TASKS, RESULTS = "TIDEMILL_TASKS_DEFAULT_PERSIST_RESULT", "TIDEMILL_RESULTS_PERSIST_BY_DEFAULT"


@pytest.mark.parametrize(
    ("settings", "flow_option", "task_option", "found"),
    [
        ({}, None, None, (False, False)),
        ({}, True, None, (True, True)),
        ({}, True, False, (True, False)),
        ({TASKS: True}, None, None, (False, True)),
        ({TASKS: True}, False, None, (False, True)),
        ({RESULTS: True}, None, None, (True, True)),
        ({RESULTS: True}, False, None, (False, False)),
        ({RESULTS: True, TASKS: False}, None, None, (True, False)),
    ],
)
def test_the_nearest_word_decides_whether_results_are_written(runtime, settings, flow_option, task_option, found):
    assert persistence(settings, flow_option, task_option) == found


def test_a_run_writes_where_those_around_it_do_unless_it_says_otherwise(runtime, tmp_path):
    @task
    def heir():
        return get_result_store()

    @task(result_storage=LocalFileSystem(tmp_path / "own"))
    def other():
        return get_result_store().result_storage, heir().result_storage

    @flow(result_storage=LocalFileSystem(tmp_path / "flow"), result_serializer="json")
    def outer():
        return heir().result_storage, heir().serializer, other()

    storage, serializer, (own, below) = outer()
    assert (storage, serializer) == (LocalFileSystem(tmp_path / "flow"), JSONSerializer())
    assert own == below == LocalFileSystem(tmp_path / "own")


def test_a_store_that_is_named_holds_for_runs_begun_there(runtime, tmp_path):
    store = runtime.new_store()
    store.result_storage = LocalFileSystem(tmp_path / "named")

    @flow
    def outer():
        return get_result_store().result_storage

    with result_context(store):
        assert outer() == LocalFileSystem(tmp_path / "named")
    assert outer() != LocalFileSystem(tmp_path / "named")


@pytest.mark.parametrize("work", [task, flow])
def test_a_written_value_stands_in_the_store_by_reference_only(runtime, home, record, work):
    made = work(persist_result=True)(large)

    assert made() == LARGE

    run = record.task_run() if work is task else record.flow_run()
    text = record.store.kept_result(run.id)
    assert text.startswith("@")
    assert len(text) < 400
    assert RecordedValue(run.id, runtime).get() == LARGE


def large():
    return LARGE


def tried_again(home, runtime, body):
    """The final state of another attempt of the only root run."""
    (run,) = [each for each in home.store.find_flow_runs() if not each.is_subflow_run]
    return continue_run(body, run, home, runtime, retry=True)


@pytest.mark.parametrize(
    ("harm", "made"),
    [
        (lambda path: None, 1),
        (lambda path: path.unlink(), 2),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), 2),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), 2),
        (lambda path: path.write_bytes(b"other"), 2),
    ],
    ids=["whole", "gone", "cut", "changed", "foreign"],
)
@pytest.mark.parametrize("kind", [task, flow])
def test_f22_a_written_result_is_reused_while_it_is_what_was_written(runtime, home, record, said, kind, harm, made):
    ran, attempts = [], []

    @kind(persist_result=True, name="make")
    def make():
        ran.append("make")
        return LARGE

    @flow
    def outer():
        value = make()
        if not attempts:
            attempts.append(1)
            raise ValueError
        return len(value)

    outer(return_state=True)
    (path,) = [each for each in (home.path / "storage").iterdir() if each.is_file()]
    harm(path)
    record.store

    assert tried_again(home, runtime, outer).result() == len(LARGE)
    assert len(ran) == made
    assert any("its result cannot be had" in line for line in said()) == (made == 2)


def test_an_unpicklable_value_is_passed_on_and_its_state_names_it(runtime, record):
    class Holder:
        def __init__(self):
            self.guard = threading.Lock()

    @task
    def make():
        return Holder()

    @flow
    def outer():
        return type(make()).__name__

    assert outer() == "Holder"
    assert "guard" in record.task_run(make).state.message


def test_a_large_value_that_is_not_kept_is_no_news(runtime, record):
    make = task(large)
    flow(lambda: len(make()), name="outer")()

    assert record.task_run(make).state.message is None


@pytest.mark.parametrize("kind", [task, flow])
def test_f22_what_cannot_be_written_is_said_and_not_lost(runtime, record, said, kind):
    made = kind(persist_result=True, name="make")(lambda: threading.Lock())

    state = made(return_state=True)

    run = record.task_run() if kind is task else record.flow_run()
    assert state.is_completed()
    assert state.result() is state.data
    assert "lock" in run.state.message
    assert record.store.kept_result(run.id) is None
    assert any("lock" in line for line in said())


def test_f22_a_small_value_is_kept_where_the_storage_is_away(runtime, record, tmp_path):
    (tmp_path / "file").write_text("in the way")
    made = task(result_storage=LocalFileSystem(tmp_path / "file" / "below"))(lambda: [1, 2])

    made(return_state=True)

    run = record.task_run()
    assert (run.state_name, "not written" in run.state.message) == ("Completed", True)
    assert RecordedValue(run.id, runtime).get() == [1, 2]


def test_an_exception_that_does_not_pickle_is_kept_by_its_words(runtime, record):
    class Odd(Exception):
        def __init__(self, a, b):
            super().__init__(f"{a}{b}")
            self.lock = threading.Lock()

    @task
    def fail():
        raise Odd(1, 2)

    fail(return_state=True)

    assert "12" in str(RecordedValue(record.task_run(fail).id, runtime).get())


def test_a_written_value_is_not_held_when_the_run_is_over(runtime):
    class Value:
        def __init__(self):
            self.bulk = bytes(2_000_000)  # more than a store keeps at hand

    made = task(persist_result=True, name="make")(Value)

    gc.disable()
    try:
        alive = weakref.ref(made())
        assert alive() is None
    finally:
        gc.enable()


class Lost(Handle):
    def get(self):
        raise ValueError("its file is gone")


def test_a_value_that_cannot_be_had_again_is_said_in_the_state_of_who_returns_it(runtime, record):
    @task
    def passes_on():
        return Completed(data=Lost())

    state = passes_on(return_state=True)

    assert record.task_run(passes_on).state_name == "Completed"
    assert "its file is gone" in state.message
    with pytest.raises(ValueError, match="its file is gone"):
        state.result()
