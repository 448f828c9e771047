"""Functions that see the log lines of task processes before they are kept."""

from __future__ import annotations

import os

import pytest

from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.engine import runtime as runtimes
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.logging import get_run_logger
from tidemill.subprocess_messages import keep_processed
from tidemill.task_runners import ProcessPoolTaskRunner


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path / "home")
    token = runtimes.use(runtime_of(opened, EngineSettings()))
    yield opened
    runtimes.stop_using(token)
    opened.close()


def without(word):
    """A factory: lines with the word are dropped."""
    return lambda: lambda kind, line: None if word in line["message"] else (kind, line)


def louder():
    """A factory: lines are in capitals."""
    return lambda kind, line: (kind, line | {"message": line["message"].upper()})


@task
def talks():
    get_run_logger().info("kept")
    get_run_logger().info("a secret")
    return os.environ.get("PREPARED_BY")


def prepared_by(name):
    os.environ["PREPARED_BY"] = name


@pytest.mark.machine
def test_what_a_process_logs_goes_through_the_processors_in_turn(home):
    runner = ProcessPoolTaskRunner(1, [without("secret"), louder], prepared_by, ("pytest",))

    @flow(task_runner=runner)
    def around():
        return talks.submit().result()

    assert around() == "pytest"
    home.recorder.wait_applied()
    said = [line.message for line in home.store.read_logs(limit=-1)]
    assert "KEPT" in said
    assert not [message for message in said if "secret" in message.lower()]


def line(message="m"):
    return {"name": "x", "level": 20, "message": message, "timestamp": "2030-01-01T00:00:00+00:00"}


def test_a_line_that_is_dropped_is_not_seen_by_those_behind(home):
    seen = []

    keep_processed(line("a secret"), [without("secret")(), lambda kind, said: seen.append(said)])

    home.recorder.wait_applied()
    assert (seen, home.store.read_logs()) == ([], [])


@pytest.mark.parametrize("answer", ["log", ("log",), ("event", {}), ("log", 5), 5])
def test_what_is_no_message_is_refused(answer):
    with pytest.raises(TypeError, match="'log', line"):
        keep_processed(line(), [lambda kind, said: answer])


def test_processors_are_chosen_before_the_runner_starts():
    runner = ProcessPoolTaskRunner(1)

    runner.set_subprocess_message_processor_factories([louder])
    assert runner.subprocess_message_processor_factories == (louder,)
    assert runner.duplicate().subprocess_message_processor_factories == (louder,)
    runner.set_subprocess_message_processor_factories()
    assert runner.subprocess_message_processor_factories == ()
    with runner, pytest.raises(RuntimeError, match="has started"):
        runner.set_subprocess_message_processor_factories([louder])
