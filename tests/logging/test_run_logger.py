from __future__ import annotations

import logging
import pickle
import queue
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import QueueHandler
from types import SimpleNamespace

import cloudpickle
import pytest

from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.context import FlowRunContext, get_run_context, with_context
from tidemill.exceptions import MissingContextError
from tidemill.logging import LogEavesdropper, disable_run_logger, get_logger, get_run_logger
from tidemill.logging.loggers import TidemillLogAdapter, flow_run_logger, get_worker_logger, task_run_logger


def test_a_line_is_kept_with_the_task_run_and_the_flow_run_it_was_logged_in(lines):
    @task
    def speak():
        get_run_logger().warning("about %d things", 3)
        return get_run_context().run_id

    @flow
    def outer():
        get_run_logger().info("in the flow")
        return get_run_context().run_id, speak()

    flow_run, task_run = outer()

    said = [(line.name, line.level, line.message, line.flow_run_id, line.task_run_id) for line in lines.of_users()]
    assert said == [
        ("tidemill.flow_runs", 20, "in the flow", flow_run, None),
        ("tidemill.task_runs", 30, "about 3 things", flow_run, task_run),
    ]


def test_a_task_outside_of_flows_keeps_its_lines_too(lines):
    @task
    def alone():
        get_run_logger().info("alone")
        return get_run_context().run_id

    run_id = alone()

    assert [(line.flow_run_id, line.task_run_id) for line in lines.of_users()] == [(None, run_id)]


def test_outside_of_a_run_there_is_no_run_logger():
    with pytest.raises(MissingContextError, match="with_context"):
        get_run_logger()


def test_a_run_logger_is_not_made_of_anything_else():
    with pytest.raises(TypeError, match="context"):
        get_run_logger("a text")


def test_a_level_beyond_all_bounds_does_not_keep_other_lines_from_being_stored(lines):
    @flow
    def outer():
        get_run_logger().log(2**70, "loud")
        get_run_logger().info("after it")

    outer()

    assert [(line.level, line.message) for line in lines.of_users()] == [(2**63 - 1, "loud"), (20, "after it")]


def test_disabled_run_loggers_are_silent_inside_and_outside_of_runs(lines):
    @flow
    def quiet():
        with disable_run_logger():
            get_run_logger().error("not this")
        get_run_logger().info("but this")

    quiet()
    with disable_run_logger():
        get_run_logger().error("nor this")

    assert [line.message for line in lines.of_users()] == ["but this"]


def test_another_context_and_attributes_of_ones_own(lines, caplog):
    @task
    def speak():
        get_run_logger(FlowRunContext.get(), customer="ada").info("for the flow")

    @flow
    def outer():
        speak()

    outer()

    (line,) = lines.of_users()
    assert (line.name, line.task_run_id) == ("tidemill.flow_runs", None)
    (record,) = [record for record in caplog.records if record.message == "for the flow"]
    assert record.customer == "ada"
    assert record.flow_name == "outer"


def test_an_exception_is_kept_with_its_traceback(lines):
    @flow
    def careful():
        try:
            1 / 0
        except ZeroDivisionError:
            get_run_logger().exception("it went wrong")

    careful()

    (line,) = lines.of_users()
    assert line.message.startswith("it went wrong\nTraceback (most recent call last):")
    assert line.message.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("extra", [{}, {"extra": {"n": 1}}, {"stack_info": False}])
def test_a_record_says_where_the_line_was_logged(lines, caplog, extra):
    @flow
    def here():
        get_run_logger().info("here I am", **extra)

    here()

    (record,) = [record for record in caplog.records if record.getMessage() == "here I am"]
    assert (record.filename, record.module, record.funcName) == ("test_run_logger.py", "test_run_logger", "here")
    assert record.lineno == here.fn.__code__.co_firstlineno + 2


def test_a_quick_record_has_what_a_standard_one_has(lines, caplog):
    @flow
    def both():
        get_run_logger().info("quick %s", 1)
        get_run_logger().info("standard %s", 1, extra={"n": 1})

    with caplog.at_level(logging.INFO):
        both()

    quick, standard = (next(r for r in caplog.records if r.getMessage().startswith(k)) for k in ("quick", "standard"))
    assert standard.__dict__.keys() - quick.__dict__.keys() == {"n"}
    assert quick.__dict__.keys() - standard.__dict__.keys() <= {"taskName"}
    for name in (
        "name",
        "levelname",
        "levelno",
        "pathname",
        "module",
        "thread",
        "threadName",
        "process",
        "processName",
    ):
        assert getattr(quick, name) == getattr(standard, name)
    assert abs(quick.created - standard.created) < 60
    assert (
        abs((quick.created - quick.relativeCreated / 1000) - (standard.created - standard.relativeCreated / 1000)) < 1
    )


def test_threads_of_a_task_runner_log_into_their_run(lines):
    @task
    def speak(n):
        get_run_logger().info("%d", n)
        return get_run_context().run_id

    @flow
    def outer():
        return [future.result() for future in speak.map(list(range(20)))]

    ids = outer()

    assert {(line.message, line.task_run_id) for line in lines.of_users()} == {(str(n), i) for n, i in enumerate(ids)}


def test_threads_of_ones_own_log_into_the_run_with_its_context(lines):
    @flow
    def outer():
        def work(n):
            get_run_logger().info("thread %d", n)

        thread = threading.Thread(target=with_context(work), args=(0,))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(with_context(work), range(1, 9)))
        return get_run_context().run_id

    run_id = outer()

    found = [(line.message, line.flow_run_id) for line in lines.of_users()]
    assert sorted(found) == [(f"thread {n}", run_id) for n in range(9)]


def test_async_runs_side_by_side_do_not_mix_their_lines(lines):
    import asyncio

    @task
    async def speak(n):
        await asyncio.sleep(0)
        get_run_logger().info("%d", n)
        return get_run_context().run_id

    @flow
    async def outer():
        return await asyncio.gather(*(speak(n) for n in range(10)))

    ids = asyncio.run(outer())

    assert {(line.message, line.task_run_id) for line in lines.of_users()} == {(str(n), i) for n, i in enumerate(ids)}


def test_a_named_flow_run_can_be_logged_for_from_anywhere(lines):
    @flow
    def outer():
        return get_run_context().run_id

    run_id = outer()

    flow_run_logger(flow_run_id=run_id).info("afterwards")

    assert [(line.message, line.flow_run_id) for line in lines.of_users()] == [("afterwards", run_id)]
    with pytest.raises(ValueError, match="flow_run"):
        flow_run_logger()


def test_a_task_run_logger_knows_the_flow_around_it(lines):
    @task
    def speak():
        return task_run_logger(get_run_context().task_run, speak)

    @flow
    def outer():
        logger = speak()
        logger.info("of the task")
        return get_run_context().run_id, logger.extra

    run_id, extra = outer()

    (line,) = lines.of_users()
    assert (line.flow_run_id, line.task_run_id) == (run_id, extra["task_run_id"])
    assert (extra["flow_name"], extra["task_name"]) == ("outer", "speak")


def test_loggers_of_workers_name_the_worker_and_its_pool(caplog):
    class Worker:
        type = "process"
        name = "Ada"
        work_pool_name = "gpu"

    get_worker_logger(Worker()).warning("ready")

    assert (caplog.records[0].name, caplog.records[0].work_pool_name) == ("tidemill.workers.process.ada", "gpu")


def test_loggers_stand_below_tidemill():
    assert [get_logger(name).name for name in (None, "tidemill", "a", "tidemill.a")] == [
        "tidemill",
        "tidemill",
        "tidemill.a",
        "tidemill.a",
    ]


def test_an_adapter_joins_attributes_and_has_children():
    adapter = TidemillLogAdapter(logging.getLogger("z"), {"a": 1})
    child = adapter.getChild("q", {"c": 3})

    assert adapter.process("m", {"extra": {"b": 2}}) == ("m", {"extra": {"a": 1, "b": 2}})
    assert (child.logger.name, child.extra) == ("z.q", {"a": 1, "c": 3})


def test_records_and_loggers_of_runs_can_be_sent_to_other_processes(lines):
    sent = queue.Queue()

    @flow
    def outer():
        logger = get_run_logger()
        handler = QueueHandler(sent)
        logger.logger.addHandler(handler)
        try:
            logger.info("sent")
        finally:
            logger.logger.removeHandler(handler)
        return cloudpickle.dumps(logger), get_run_context().run_id

    pickled, run_id = outer()

    assert pickle.loads(pickle.dumps(sent.get_nowait())).flow_run_id == run_id
    pickle.loads(pickled).info("from there")
    assert lines.of_users()[-1].flow_run_id == run_id


def test_eavesdropping_hears_what_a_library_says():
    with LogEavesdropper("some.library", level=logging.INFO) as heard:
        logging.getLogger("some.library").warning("w %s", 1)
        logging.getLogger("some.library.part").error("yes")
    logging.getLogger("some.library").warning("too late")

    assert heard.text() == "[WARNING]: w 1\n[ERROR]: yes"


def test_the_last_lines_of_a_killed_process_are_kept(tmp_path):
    """F9: nothing that was logged is lost when the process goes without a word."""
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, signal\n"
        "from tidemill import flow, get_run_logger\n"
        "@flow\n"
        "def dies():\n"
        "    for n in range(500):\n"
        "        get_run_logger().info('line %d', n)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "dies()\n"
    )
    environment = {"TIDEMILL_HOME": str(tmp_path / "home"), "PYTHONPATH": ":".join(sys.path), "PATH": ""}

    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, timeout=60, check=False)

    assert done.returncode == -9, done.stderr
    home = Home(tmp_path / "home")
    kept = [line.message for line in home.store.read_logs(limit=-1)]
    home.close()
    assert [message for message in kept if message.startswith("line")] == [f"line {n}" for n in range(500)]


@pytest.mark.parametrize("many", [2_000, pytest.param(20_000, marks=pytest.mark.thorough)])
def test_however_many_lines_a_task_says_they_are_all_there_in_order(lines, many):
    @task
    def talk():
        logger = get_run_logger()
        for n in range(many):
            logger.info("%d", n)

    logging.getLogger("tidemill").setLevel(logging.INFO)
    talk()

    assert [line.message for line in lines.all("tidemill.task_runs")] == [str(n) for n in range(many)]


def test_a_run_of_another_kind_may_be_named_by_plain_objects(lines):
    run = SimpleNamespace(id="4fc9d6f4-52b1-4b4c-9a5c-6c6f7d2ab111", name="far-away", flow_run_id=None)

    task_run_logger(run).info("hello")

    assert [line.task_run_id for line in lines.of_users()] == [run.id]
