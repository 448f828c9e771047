"""Flow runs as futures: waited for by their ids, wherever they go on."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from uuid import UUID, uuid4

import pytest

from tidemill import flow, resume_flow_run, suspend_flow_run, task
from tidemill.api.embedded import Home
from tidemill.engine import runtime as runtimes
from tidemill.engine.context import current
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import MissingResult, ObjectNotFound, PausedRun
from tidemill.futures import TidemillFlowRunFuture, TidemillFutureList, as_completed, resolve_futures_to_results, wait
from tidemill.results.kept import RecordedError


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path / "home")
    token = runtimes.use(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.stop_using(token)
    opened.close()


@pytest.fixture
def run(home):
    """Runs a body as a flow; gives its future."""

    def runs(body, **options):
        ids = []

        def noted():
            ids.append(current().run_id)
            return body()

        flow(name="noted", **options)(noted)(return_state=True)
        return TidemillFlowRunFuture(UUID(ids[0]))

    return runs


@pytest.fixture
def suspended(home):
    """A flow run that waits to be resumed, its future, and how to let it go on."""

    @flow
    def waits():
        suspend_flow_run()
        return "done"

    with pytest.raises(PausedRun):
        waits()
    home.recorder.wait_applied()
    (found,) = home.store.find_flow_runs()

    def go_on():
        resume_flow_run(UUID(found.id))
        continue_run(waits, home.store.read_flow_run(found.id), home, runtimes.runtime(), retry=False)

    return TidemillFlowRunFuture(found.id), go_on


def test_the_value_of_a_run_is_had_by_its_id(run):
    future = run(lambda: {"a": 1})

    assert future.result() == {"a": 1}
    assert future.flow_run_id == UUID(future.run_id)
    assert not hasattr(future, "task_run_id")
    assert (future.state.name, future.done()) == ("Completed", True)
    assert asyncio.run(future.aresult()) == {"a": 1}


def test_a_failure_is_raised_where_the_result_is_asked_for(run):
    def body():
        raise ValueError("bad")

    future = run(body)

    with pytest.raises(ValueError, match="bad"):
        future.result()
    assert str(future.result(raise_on_failure=False)) == "bad"
    assert future.state.is_failed()


def test_an_exception_that_could_not_be_kept_is_raised_in_words(run):
    class LocalError(Exception):
        def __reduce__(self):
            raise TypeError("not me")

    def body():
        raise LocalError("bad")

    with pytest.raises(RecordedError, match="LocalError: bad"):
        run(body).result()


def test_a_value_that_was_not_kept_is_missing(run):
    with pytest.raises(MissingResult, match="persist_result"):
        run(lambda: "x" * 10**6).result()


def test_a_value_that_was_written_is_read(run):
    assert run(lambda: "x" * 10**6, persist_result=True).result() == "x" * 10**6


def test_time_runs_out_while_a_run_waits(suspended):
    future, _ = suspended

    future.wait(timeout=0)
    assert (future.state.name, future.done()) == ("Suspended", False)
    with pytest.raises(TimeoutError, match="not over"):
        future.result(timeout=0)
    with pytest.raises(TimeoutError, match="not over"):
        asyncio.run(future.aresult(timeout=0))
    assert wait([future], timeout=0).not_done == {future}
    with pytest.raises(TimeoutError, match="1 of 1 runs"):
        TidemillFutureList([future]).result(timeout=0)


def test_who_waits_goes_on_when_the_run_has_ended(suspended):
    future, go_on = suspended
    called, got = threading.Event(), []

    def note(ended):
        got.append(ended)
        called.set()

    future.add_done_callback(note)
    going = threading.Thread(target=copy_context().run, args=(go_on,))
    going.start()

    assert future.result(timeout=60) == "done"
    assert called.wait(60)
    going.join()
    assert got == [future]
    future.add_done_callback(got.append)
    assert got == [future, future]
    assert list(as_completed([future])) == [future]


def test_a_task_takes_the_value_of_a_run(run, home):
    future = run(lambda: 20)

    @task
    def double(x):
        return 2 * x

    @flow
    def around():
        return double(future), double.submit(future).result(), resolve_futures_to_results([future])

    assert around() == (40, 40, [20])
    home.recorder.wait_applied()
    assert {str(each.task_inputs) for each in home.store.find_task_runs()} == {
        str({"x": [{"input_type": "flow_run", "id": future.run_id}]})
    }


def test_a_task_does_not_run_on_a_run_that_failed(run):
    def body():
        raise ValueError("bad")

    future = run(body)

    @task
    def never(x):
        raise AssertionError

    state = never(future, return_state=True)
    assert state.name == "NotReady"
    assert f"Upstream flow run {future.run_id} ended as Failed" in state.message


def test_a_run_that_is_not_there(home):
    future = TidemillFlowRunFuture(uuid4())

    with pytest.raises(ObjectNotFound):
        future.wait()
    with pytest.raises(ObjectNotFound):
        _ = future.state
