from __future__ import annotations

import builtins
import io
import logging
import sys
import threading
import traceback

import pytest

from tidemill import flow, task
from tidemill.context import with_context
from tidemill.engine import prints
from tidemill.engine import runtime as runtimes
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings


@pytest.fixture(autouse=True)
def plain_print():
    before = builtins.print
    yield
    builtins.print = before


def test_prints_become_lines_of_the_run(lines):
    @task
    def speak():
        print("task", 1, sep="-")

    @flow(log_prints=True)
    def outer():
        print("flow", 2)
        print()
        speak.with_options(log_prints=True)()

    outer()

    said = [(line.name, line.level, line.message) for line in lines.of_users()]
    assert said == [
        ("tidemill.flow_runs", 20, "flow 2"),
        ("tidemill.flow_runs", 20, ""),
        ("tidemill.task_runs", 20, "task-1"),
    ]


def test_each_run_has_its_own_say(lines, capsys):
    @flow
    def inherits():
        print("inherited")

    @flow(log_prints=False)
    def refuses():
        print("not logged")

    @flow(log_prints=True)
    def outer():
        inherits()
        refuses()
        print("outer")

    outer()
    print("outside")

    assert [line.message for line in lines.of_users()] == ["inherited", "outer"]
    assert capsys.readouterr().out == "not logged\noutside\n"


def test_prints_into_a_file_are_not_logged_but_those_onto_the_screen_are(lines):
    file = io.StringIO()

    @flow(log_prints=True)
    def outer():
        print("to a file", end="!", file=file)
        print("to stderr", file=sys.stderr)

    outer()

    assert file.getvalue() == "to a file!"
    assert [line.message for line in lines.of_users()] == ["to stderr"]


def test_prints_of_threads_are_logged(lines):
    @task(log_prints=True)
    def speak(n):
        print(n)

    @flow(log_prints=True)
    def outer():
        speak.map([1, 2, 3]).wait()
        thread = threading.Thread(target=with_context(print), args=("thread",))
        thread.start()
        thread.join()

    outer()

    assert sorted(line.message for line in lines.of_users()) == ["1", "2", "3", "thread"]


def test_a_record_of_a_print_says_where_it_was_printed(lines, caplog):
    @flow(log_prints=True)
    def outer():
        print("here")

    outer()

    (record,) = [record for record in caplog.records if record.getMessage() == "here"]
    assert (record.filename, record.funcName) == ("test_prints.py", "outer")


def test_print_stays_as_it_is_until_a_run_wants_it(lines):
    builtins.print = prints._original

    @flow
    def plain():
        pass

    plain()

    assert builtins.print is prints._original


def test_the_settings_decide_where_nobody_else_does(lines):
    token = runtimes.use(runtime_of(lines.home, EngineSettings(log_prints=True)))

    @flow
    def outer():
        print("logged")

    outer()
    runtimes.stop_using(token)

    assert [line.message for line in lines.of_users()] == ["logged"]


def test_what_logging_itself_prints_of_a_wrong_line_is_not_logged(lines, capsys):
    users = logging.getLogger("a library of the user's")
    users.propagate = False
    users.addHandler(logging.StreamHandler())

    @flow(log_prints=True)
    def careless():
        users.warning("%d", "no number")
        try:
            raise ValueError("caught")
        except ValueError:
            traceback.print_exc()

    try:
        careless()
    finally:
        users.handlers.clear()

    said = [line.message for line in lines.of_users()]
    assert said
    assert not any("TypeError" in message for message in said)
    assert any("ValueError: caught" in message for message in said)
    assert "TypeError" in capsys.readouterr().err
