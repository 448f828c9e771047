from __future__ import annotations

import logging
import sys

import msgspec
import pytest

from tidemill.logging.formatters import JsonFormatter, TidemillFormatter, format_exception_info
from tidemill.serializers import JSONSerializer


def record(message="hello %s", args=("x",), **extra):
    made = logging.LogRecord("tidemill.flow_runs", 20, "f.py", 3, message, args, None)
    made.__dict__.update(extra)
    return made


def test_runs_have_formats_of_their_own():
    formatter = TidemillFormatter(
        "%(name)s - %(message)s",
        flow_run_fmt="flow %(flow_run_name)r %(message)s",
        task_run_fmt="task %(task_run_name)r",
    )

    assert formatter.format(record()) == "tidemill.flow_runs - hello x"
    assert formatter.format(record(flow_run_id="1", flow_run_name="owl")) == "flow 'owl' hello x"
    assert formatter.format(record(flow_run_id="1", task_run_id="2", task_run_name="t-1")) == "task 't-1'"


def test_times_change_with_the_second():
    formatter = TidemillFormatter("%(asctime)s", "%S")
    early, late = record(), record()
    late.created = early.created + 1

    assert [formatter.format(early), formatter.format(late)] == [
        logging.Formatter("%(asctime)s", "%S").format(early),
        logging.Formatter("%(asctime)s", "%S").format(late),
    ]


@pytest.mark.parametrize("style", ["default", "pretty"])
def test_json_has_the_attributes_of_the_record(style):
    text = JsonFormatter(style).format(record(odd=object(), run_context=None, flow_run_id="1"))

    said = msgspec.json.decode(text)
    assert (said["message"], said["levelname"], said["flow_run_id"]) == ("hello x", "INFO", "1")
    assert said["odd"].startswith("<object")
    assert ("\n" in text) == (style == "pretty")


def test_json_takes_texts_and_keys_that_json_does_not():
    said = msgspec.json.decode(JsonFormatter().format(record("lone \udc80", ({(1, 2): 3},))))

    assert said["message"] == "lone \\udc80"


def test_exceptions_are_taken_apart():
    try:
        1 / 0
    except ZeroDivisionError:
        made = record()
        made.exc_info = sys.exc_info()

    info = format_exception_info(made.exc_info)
    assert (info["type"], info["message"]) == ("ZeroDivisionError", "division by zero")
    assert "1 / 0" in info["traceback"]
    assert msgspec.json.decode(JsonFormatter().format(made))["exc_info"] == info


def test_an_unknown_style_of_json_is_refused():
    with pytest.raises(ValueError, match="pretty"):
        JsonFormatter("pritty")


def test_formats_can_be_asked_for():
    formatter = TidemillFormatter("%(message)s", flow_run_fmt="flow %(message)s")

    assert (formatter.flow_run_fmt, formatter.task_run_fmt) == ("flow %(message)s", None)


def test_lines_are_written_by_the_serializer_that_stands_there():
    formatter = JsonFormatter()

    assert msgspec.json.decode(formatter.serializer.dumps({"a": 1})) == {"a": 1}
    formatter.serializer = JSONSerializer(dumps_kwargs={"sort_keys": True})
    line = formatter.format(record())
    assert line.startswith('{"args"')
    assert msgspec.json.decode(line)["message"] == "hello x"
