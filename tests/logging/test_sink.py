"""Kept lines in the API's form, and who takes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tidemill import flow, task
from tidemill.engine.context import current
from tidemill.logging import get_run_logger
from tidemill.logging.handlers import emit_api_log, set_api_log_sink


@pytest.fixture
def taken():
    found = []
    set_api_log_sink(found.append)
    yield found
    set_api_log_sink(None)


def of_users(taken):
    return [line for line in taken if line["name"] in ("tidemill.flow_runs", "tidemill.task_runs")]


def test_a_sink_takes_the_lines_that_would_be_kept(lines, taken):
    ids = []

    @task
    def inner():
        ids.append(current().run_id)
        get_run_logger().warning("from the task")

    @flow
    def outer():
        ids.append(current().run_id)
        inner()
        get_run_logger().info("from the flow")

    outer()

    flow_run, task_run = ids
    said = {line["message"]: line for line in of_users(taken)}
    of_task, of_flow = said["from the task"], said["from the flow"]
    assert (of_task["flow_run_id"], of_task["task_run_id"], of_task["level"]) == (flow_run, task_run, 30)
    assert (of_flow["flow_run_id"], of_flow["task_run_id"], of_flow["level"]) == (flow_run, None, 20)
    assert datetime.fromisoformat(of_flow["timestamp"]).tzinfo is UTC
    assert lines.all() == []


def test_what_a_sink_took_can_be_kept_after_all(lines, taken):
    @flow
    def outer():
        get_run_logger().info("from the flow")

    outer()
    set_api_log_sink(None)
    for line in taken:
        emit_api_log(line)

    kept = next(line for line in lines.all() if line.message == "from the flow")
    taken_line = next(line for line in taken if line["message"] == "from the flow")
    assert (kept.name, kept.level, kept.flow_run_id) == ("tidemill.flow_runs", 20, taken_line["flow_run_id"])
    assert kept.timestamp.isoformat() == taken_line["timestamp"]


def test_a_line_made_by_hand_is_kept_with_the_run_it_names(lines):
    moment = datetime(2030, 1, 1, tzinfo=UTC)

    @flow
    def outer():
        run_id = current().run_id
        emit_api_log(
            {"name": "by hand", "level": 40, "message": "nul \x00", "timestamp": moment, "flow_run_id": run_id}
        )
        return run_id

    run_id = outer()

    (kept,) = lines.all("by hand")
    assert (kept.message, kept.level, kept.flow_run_id, kept.timestamp) == ("nul ␀", 40, run_id, moment)


def test_an_emitted_line_goes_to_the_sink_too(taken):
    emit_api_log({"name": "x"})

    assert taken == [{"name": "x"}]


@pytest.mark.parametrize("log", [{}, {"name": "x", "level": 20, "message": "m"}])
def test_a_line_without_its_parts_is_refused(lines, log):
    with pytest.raises(KeyError):
        emit_api_log(log)


def test_a_sink_that_fails_changes_nothing_for_the_flow(lines, capsys):
    class NoRoomError(Exception): ...

    def broken(log):
        raise NoRoomError("full")

    set_api_log_sink(broken)
    try:

        @flow
        def outer():
            get_run_logger().info("m")
            return 1

        assert outer() == 1
    finally:
        set_api_log_sink(None)
    assert "could not be recorded: NoRoomError: full" in capsys.readouterr().err
