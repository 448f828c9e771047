from __future__ import annotations

from datetime import UTC, datetime

import pytest

import tidemill
from tidemill import flow, task
from tidemill.context import get_run_context, tags
from tidemill.runtime import deployment, flow_run, task_run
from tidemill.settings import TIDEMILL_API_URL, temporary_settings


def test_outside_of_a_run_the_answers_are_empty():
    assert (flow_run.id, flow_run.name, flow_run.tags, flow_run.parameters, flow_run.run_count) == (
        None,
        None,
        [],
        {},
        0,
    )
    assert (flow_run.parent_flow_run_id, flow_run.root_flow_run_id, flow_run.job_variables) == (None, None, None)
    assert (task_run.id, task_run.name, task_run.tags, task_run.parameters, task_run.run_count) == (
        None,
        None,
        [],
        {},
        0,
    )
    assert [getattr(deployment, name) for name in deployment.FIELDS] == [None, None, {}, None, None]
    assert flow_run.scheduled_start_time.tzinfo is not None


def test_within_a_run_they_are_the_runs(lines):
    @task(task_run_name="t-{x}")
    def inner(x):
        return {name: getattr(task_run, name) for name in task_run.FIELDS}, flow_run.id

    @flow(flow_run_name="owl", version="3")
    def outer(a=1):
        said = {name: getattr(flow_run, name) for name in flow_run.FIELDS}
        return said, inner(2), task_run.id, get_run_context().run_id, deployment.flow_run_id

    with tags("nightly"):
        said, (of_task, seen_from_task), none, run_id, of_deployment = outer()

    assert none is None
    assert run_id == said["id"] == seen_from_task == said["root_flow_run_id"] == of_deployment
    assert (said["name"], said["flow_name"], said["flow_version"], said["tags"]) == ("owl", "outer", "3", ["nightly"])
    assert (said["parameters"], said["run_count"], said["job_variables"]) == ({"a": 1}, 1, {})
    assert (of_task["name"], of_task["task_name"], of_task["parameters"]) == ("t-2", "inner", {"x": 2})
    assert (of_task["run_count"], of_task["tags"]) == (1, ["nightly"])


def test_a_subflow_run_knows_its_parent_and_its_root(lines):
    @flow
    def innermost():
        return flow_run.parent_flow_run_id, flow_run.root_flow_run_id

    @flow
    def middle():
        return flow_run.id, innermost()

    @flow
    def outer():
        return flow_run.id, middle()

    root, (parent, of_innermost) = outer()

    assert of_innermost == (parent, root)


def test_variables_answer_in_tests(monkeypatch):
    monkeypatch.setenv("TIDEMILL__RUNTIME__FLOW_RUN__NAME", "from-env")
    monkeypatch.setenv("TIDEMILL__RUNTIME__FLOW_RUN__RUN_COUNT", "7")
    monkeypatch.setenv("TIDEMILL__RUNTIME__FLOW_RUN__FOO", "foo")
    monkeypatch.setenv("TIDEMILL__RUNTIME__FLOW_RUN__SCHEDULED_START_TIME", "2026-01-01T00:00:00")
    monkeypatch.setenv("TIDEMILL__RUNTIME__TASK_RUN__TASK_NAME", "t")
    monkeypatch.setenv("TIDEMILL__RUNTIME__DEPLOYMENT__ID", "d")

    assert (flow_run.name, flow_run.run_count, flow_run.foo) == ("from-env", 7, "foo")
    assert flow_run.scheduled_start_time == datetime(2026, 1, 1, tzinfo=UTC)
    assert (task_run.task_name, deployment.id) == ("t", "d")


def test_a_variable_cannot_stand_in_for_a_dict(monkeypatch):
    monkeypatch.setenv("TIDEMILL__RUNTIME__FLOW_RUN__PARAMETERS", '{"a": 1}')

    with pytest.raises(ValueError, match="monkeypatch"):
        _ = flow_run.parameters


def test_a_process_started_for_a_run_knows_its_id(monkeypatch):
    monkeypatch.setenv("TIDEMILL__FLOW_RUN_ID", "abc")

    assert (flow_run.id, flow_run.api_url) == ("abc", None)
    with temporary_settings({TIDEMILL_API_URL: "http://host/api/"}):
        assert flow_run.api_url == "http://host/api/flow-runs/flow-run/abc"


def test_an_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="did you mean 'name'"):
        _ = flow_run.nam


def test_the_package_is_found_from_the_top():
    assert tidemill.runtime.flow_run is flow_run
    assert tidemill.get_run_logger is not None
    assert "parameters" in dir(task_run)
