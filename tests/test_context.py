from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cloudpickle
import pytest

from tidemill import context as contexts
from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.context import (
    ContextModel,
    EngineContext,
    FlowRunContext,
    SettingsContext,
    TagsContext,
    TaskRunContext,
    get_run_context,
    get_settings_context,
    hydrated_context,
    serialize_context,
    tags,
    with_context,
)
from tidemill.engine import runtime as runtimes
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.exceptions import MissingContextError
from tidemill.settings import TIDEMILL_LOGGING_LEVEL, temporary_settings
from tidemill.task_runners import SequentialTaskRunner, TaskRunner, ThreadPoolTaskRunner


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path / "home")
    token = runtimes.use(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.stop_using(token)
    opened.close()


def test_tags_add_up_and_come_off_again():
    with tags("a", "b") as outer, tags("c") as inner:
        assert (outer, inner) == ({"a", "b"}, {"a", "b", "c"})
        assert TagsContext.get().current_tags == {"a", "b", "c"}

    assert TagsContext.get().current_tags == set()


def test_runs_get_the_tags_in_force_where_they_are_called(home):
    @task(tags=["own"])
    def work():
        return get_run_context().tags

    @flow
    def outer():
        with tags("inner"):
            return work()

    with tags("nightly"):
        assert outer() == ["inner", "nightly", "own"]


def test_the_context_is_the_innermost_runs(home):
    @task
    def work():
        return type(get_run_context()), TaskRunContext.get() is get_run_context(), FlowRunContext.get().run_id

    @flow
    def outer():
        return type(get_run_context()), get_run_context().run_id, TaskRunContext.get(), work()

    kind, run_id, no_task, seen = outer()

    assert (kind, no_task, EngineContext) == (FlowRunContext, None, FlowRunContext)
    assert seen == (TaskRunContext, True, run_id)


def test_outside_of_a_run_there_is_no_context():
    with pytest.raises(MissingContextError, match="within a flow or a task"):
        get_run_context()
    assert FlowRunContext.get() is None
    assert serialize_context()["flow_run_context"] is None


def test_a_serialised_context_makes_the_run_again(home):
    @task
    def work(x):
        return serialize_context()

    @flow
    def outer():
        with tags("t"):
            return work(3), FlowRunContext.get().run_id

    serialised, flow_run_id = outer()
    serialised = cloudpickle.loads(cloudpickle.dumps(serialised))

    with hydrated_context(serialised):
        context = get_run_context()
        assert isinstance(context, TaskRunContext)
        assert (context.task.name, context.parameters, context.flow_context.run_id) == ("work", {"x": 3}, flow_run_id)
        assert TagsContext.get().current_tags == {"t"}
    with hydrated_context():
        assert FlowRunContext.get() is None


def test_a_wrapped_async_function_runs_in_the_run(home):
    @flow
    async def outer():
        async def inside():
            await asyncio.sleep(0)
            return get_run_context().run_id

        wrapped = with_context(inside)
        with ThreadPoolExecutor(1) as pool:
            elsewhere = await asyncio.get_running_loop().run_in_executor(pool, lambda: asyncio.run(wrapped()))
        return elsewhere == await inside()

    assert asyncio.run(outer())


CHILD = """
import sys, cloudpickle
work = cloudpickle.loads(open(sys.argv[1], "rb").read())
work("from a child")
"""


@pytest.mark.parametrize("within", ["flow", "task"])
def test_lines_and_tasks_of_a_child_process_belong_to_the_run(home, tmp_path, within):
    @task
    def in_child():
        return 1

    def speak(text):
        from tidemill import get_run_logger

        get_run_logger().info(text)
        in_child()
        print("printed in the child")

    where = str(home.path)

    def ship():
        (tmp_path / "work.pickle").write_bytes(cloudpickle.dumps(with_context(speak)))
        (tmp_path / "child.py").write_text(CHILD)
        # Who shares a home shares its kind of locks.
        portable = {name: os.environ[name] for name in ("TIDEMILL_PORTABLE",) if name in os.environ}
        environment = {"TIDEMILL_HOME": where, "PYTHONPATH": ":".join(sys.path), "PATH": "", **portable}
        subprocess.run(
            [sys.executable, tmp_path / "child.py", tmp_path / "work.pickle"], env=environment, timeout=60, check=True
        )
        return get_run_context().run_id

    @task(log_prints=True)
    def shipping():
        in_child()
        return ship()

    @flow(log_prints=True)
    def outer():
        in_child()
        here = shipping() if within == "task" else ship()
        return get_run_context().run_id, here

    flow_run_id, here = outer()

    runtimes.runtime().recorder.wait_applied()
    found = [line for line in home.store.read_logs(limit=-1) if "child" in line.message]
    assert [line.message for line in found] == ["from a child", "printed in the child"]
    assert {(line.flow_run_id, line.task_run_id) for line in found} == {
        (flow_run_id, here if within == "task" else None)
    }
    runs = [run for run in home.store.find_task_runs() if run.name.startswith("in_child")]
    assert len(runs) == (3 if within == "task" else 2)
    assert {run.flow_run_id for run in runs} == {flow_run_id}


@pytest.mark.parametrize("kind", [EngineContext, TaskRunContext, TagsContext, SettingsContext])
def test_every_context_is_one_of_a_kind(kind):
    assert issubclass(kind, ContextModel)
    assert ContextModel.get() is None


def test_a_context_says_what_it_holds():
    with tags("a"):
        assert TagsContext.get().serialize() == {"current_tags": {"a"}}


def test_a_run_says_of_itself_what_is_sent_with_it(home):
    @task
    def inner(y):
        return get_run_context().serialize(), serialize_context()["task_run_context"]

    @flow
    def outer(x):
        return FlowRunContext.get().serialize(), serialize_context()["flow_run_context"], inner(2)

    own, sent, (own_of_task, sent_of_task) = outer(1)
    assert own == sent
    assert own["flow"] is outer
    assert own["parameters"] == {"x": 1}
    assert own_of_task == sent_of_task
    assert own_of_task["task"] is inner


def test_a_run_without_its_secrets_has_no_parameters(home):
    @flow
    def secretive(password):
        return get_run_context().serialize(include_secrets=False)

    said = secretive("canary")
    assert said["parameters"] == {}
    assert "canary" not in repr(said)


@pytest.mark.parametrize(
    ("given", "kind"), [(None, ThreadPoolTaskRunner), (SequentialTaskRunner(), SequentialTaskRunner)]
)
def test_a_run_knows_the_runner_that_its_tasks_go_to(home, given, kind):
    @task
    def nothing():
        return None

    @flow(task_runner=given)
    def asking():
        runner = get_run_context().task_runner
        nothing.submit().wait()
        return runner, get_run_context().task_runner

    first, second = asking()
    assert first is second
    assert isinstance(first, TaskRunner)
    assert type(first) is kind


def test_the_settings_of_the_process_are_not_those_of_a_block():
    with temporary_settings({TIDEMILL_LOGGING_LEVEL: "DEBUG"}):
        assert get_settings_context() is not contexts.GLOBAL_SETTINGS_CONTEXT

    assert get_settings_context() is contexts.GLOBAL_SETTINGS_CONTEXT
    with pytest.raises(AttributeError, match="NO_SUCH"):
        contexts.NO_SUCH


def test_calls_in_a_run_that_was_entered_again_are_calls_of_their_own(home):
    @task
    def work(x):
        return get_run_context().run_id

    @flow
    def outer():
        said = serialize_context()
        ids = [work(1)]
        with hydrated_context(said):
            assert get_run_context() is FlowRunContext.get()
            ids.append(work(1))

        def elsewhere():
            with hydrated_context(said):
                return work(1)

        with ThreadPoolExecutor(1) as pool:
            ids += [pool.submit(elsewhere).result() for _ in range(2)]
        return get_run_context().run_id, ids

    before = runtimes.replace_process_runtime(runtimes.runtime())  # a thread of one's own has the process's
    try:
        flow_run_id, ids = outer()
    finally:
        runtimes.replace_process_runtime(before)

    home.recorder.wait_applied()
    assert len(set(ids)) == len(ids)
    assert {(run.id, run.flow_run_id) for run in home.store.find_task_runs()} == {(each, flow_run_id) for each in ids}
