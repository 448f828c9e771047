"""Options of decorators: what makes no sense is refused where it stands, and type checkers know them all."""

from __future__ import annotations

import inspect
import math
from typing import Any

import pytest

from tidemill import flow, task
from tidemill.exceptions import OptionError
from tidemill.flow_options import FlowOptions
from tidemill.flows import FlowDecorator
from tidemill.task_options import TaskOptions


@pytest.mark.parametrize(
    ("decorator", "options"), [(task, TaskOptions), (FlowDecorator.__call__, FlowOptions)], ids=["task", "flow"]
)
def test_type_checkers_know_every_option(decorator, options):
    taken = inspect.signature(inspect.unwrap(decorator)).parameters.values()
    assert set(options.__annotations__) == {each.name for each in taken if each.kind is each.KEYWORD_ONLY}


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("name", 5, "text"),
        ("timeout_seconds", math.nan, "positive number"),
        ("timeout_seconds", math.inf, "positive number"),
        ("timeout_seconds", 0, "positive number"),
    ],
)
@pytest.mark.parametrize("decorator", [task, flow])
def test_an_option_that_makes_no_sense_is_refused_at_once(decorator: Any, option, value, wanted):
    with pytest.raises(OptionError, match=f"'{option}' to be .*{wanted}"):
        decorator(**{option: value})(lambda: None)


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("tags", "nightly", "list of texts"),
        ("tags", [1], "list of texts"),
        ("tags", 5, "list of texts"),
        ("cache_key_fn", "key", "function"),
        ("cache_expiration", 60, "timedelta"),
    ],
)
def test_so_are_those_of_tasks(option, value, wanted):
    made: Any = task
    with pytest.raises(OptionError, match=f"'{option}' to be .*{wanted}"):
        made(**{option: value})(lambda: None)


@pytest.mark.parametrize("given", [3, dict])
def test_what_runs_no_tasks_is_no_task_runner(given: Any):
    with pytest.raises(OptionError, match="'task_runner' to be a task runner"):
        flow(task_runner=given)(lambda: None)


def test_tags_may_be_anything_that_holds_texts():
    tagged = task(tags=(each for each in "ab"))(lambda: None)
    assert tagged.tags == tagged.with_options(name="other").tags == {"a", "b"}
    assert task(tags=None)(len).tags == set()
