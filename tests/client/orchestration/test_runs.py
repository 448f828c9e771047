"""Runs through the client: made, led from state to state, found, changed and deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.client.orchestration.world import etl, load
from tidemill.client.schemas.filters import FlowFilter, FlowRunFilter, FlowRunFilterName, TaskRunFilter
from tidemill.client.schemas.objects import FlowRunPolicy, TaskRunResult
from tidemill.client.schemas.responses import SetStateStatus
from tidemill.client.schemas.sorting import FlowRunSort
from tidemill.exceptions import MissingResult, ObjectAlreadyExists, ObjectNotFound
from tidemill.states import Completed, Paused, Pending, Running, Scheduled


def test_a_flow_has_one_id_under_one_name(client):
    flow_id = client.create_flow(etl)

    assert client.create_flow_from_name("etl") == flow_id
    assert client.read_flow(flow_id).name == "etl"
    assert client.read_flow_by_name("etl").id == flow_id


def test_a_run_is_made_pending_with_what_its_flow_says(client):
    run = client.create_flow_run(etl.with_options(retries=2, retry_delay_seconds=3), name="first", tags=["a"])

    assert (run.name, run.tags, run.state.is_pending()) == ("first", ["a"], True)
    assert (run.empirical_policy.retries, run.empirical_policy.retry_delay) == (2, 3)
    assert client.read_flow_run(run.id) == run or client.read_flow_run(run.id).id == run.id


def test_a_run_is_led_to_its_end(client):
    run = client.create_flow_run(etl)

    results = [client.set_flow_run_state(run.id, state) for state in (Pending(), Running(), Completed(message="done"))]

    assert [result.status for result in results][1:] == [SetStateStatus.ACCEPT, SetStateStatus.ACCEPT]
    after = client.read_flow_run(str(run.id))
    assert (after.state.is_completed(), after.state.message, after.run_count) == (True, "done", 1)
    names = [state.name for state in client.read_flow_run_states(run.id)]
    assert names[-2:] == ["Running", "Completed"]
    assert client.read_flow_run_state(after.state_id).is_completed()


def test_the_value_of_a_run_of_elsewhere_is_missing(client, runtime):
    run = client.create_flow_run(etl, state=Running())
    client.set_flow_run_state(run.id, Completed(data=3))

    with pytest.raises(MissingResult):
        client.read_flow_run(run.id).state.result()


def test_a_step_that_rules_forbid_is_told_and_may_be_forced(client):
    run = client.create_flow_run(etl, state=Running())

    refused = client.set_flow_run_state(run.id, Pending())
    forced = client.set_flow_run_state(run.id, Pending(), force=True)

    assert refused.status in (SetStateStatus.ABORT, SetStateStatus.REJECT)
    assert refused.details.reason
    assert forced.status is SetStateStatus.ACCEPT


def test_a_run_for_later_waits(client):
    later = datetime.now(UTC) + timedelta(hours=1)
    run = client.create_flow_run(etl, state=Scheduled(scheduled_time=later))

    answer = client.set_flow_run_state(run.id, Pending())

    assert run.state.state_details.scheduled_time == later
    waits = client.set_flow_run_state(run.id, Running()) if answer.status is SetStateStatus.ACCEPT else answer
    assert waits.status is SetStateStatus.WAIT
    assert 3500 < waits.details.delay_seconds <= 3600


def test_a_paused_run_is_resumed(client):
    run = client.create_flow_run(etl, state=Running())
    client.set_flow_run_state(run.id, Paused(timeout_seconds=60))

    answer = client.resume_flow_run(run.id)

    assert answer.status is SetStateStatus.ACCEPT
    assert client.read_flow_run(run.id).state.is_running()


def test_runs_are_found_counted_and_sorted(client):
    for name in ("b", "a", "c"):
        client.create_flow_run(etl, name=name)
    wanted = FlowRunFilter(name=FlowRunFilterName(any_=["a", "b"]))

    found = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.NAME_ASC)

    assert [run.name for run in found] == ["a", "b"]
    assert client.count_flow_runs(flow_run_filter=wanted) == 2
    assert client.count_flow_runs(flow_filter=FlowFilter(name={"any_": ["nobody"]})) == 0
    assert [run.name for run in client.read_flow_runs(sort=FlowRunSort.NAME_ASC, limit=1, offset=1)] == ["b"]


def test_a_run_is_changed(client):
    run = client.create_flow_run(etl)

    client.update_flow_run(run.id, tags={"t"}, parameters={"x": 5}, empirical_policy=FlowRunPolicy(retries=7))
    client.set_flow_run_name(run.id, "renamed")
    client.update_flow_run_labels(run.id, {"team": "a"})

    after = client.read_flow_run(run.id)
    assert (after.name, after.tags, after.parameters, after.empirical_policy.retries) == ("renamed", ["t"], {"x": 5}, 7)
    assert after.labels["team"] == "a"


def test_what_is_deleted_is_not_there(client):
    run = client.create_flow_run(etl)

    client.delete_flow_run(run.id)

    for ask in (client.read_flow_run, client.delete_flow_run):
        with pytest.raises(ObjectNotFound):
            ask(run.id)
    with pytest.raises(ObjectNotFound):
        client.set_flow_run_state(run.id, Running())


def test_what_is_sent_to_a_run(client):
    run = client.create_flow_run(etl)
    client.create_flow_run_input(run.id, "a-1", '{"x": 1}', sender="somebody")
    client.create_flow_run_input(run.id, "a-2", "2")

    with pytest.raises(ObjectAlreadyExists):
        client.create_flow_run_input(run.id, "a-1", "3")
    found = client.filter_flow_run_input(run.id, "a-", limit=5, exclude_keys={"a-2"})
    assert [(one.key, one.sender, one.decoded_value) for one in found] == [("a-1", "somebody", {"x": 1})]
    assert client.read_flow_run_input(run.id, "a-2") == "2"
    client.delete_flow_run_input(run.id, "a-2")
    with pytest.raises(ObjectNotFound):
        client.read_flow_run_input(run.id, "a-2")


def test_a_task_run_is_led_to_its_end(client):
    run = client.create_flow_run(etl, state=Running())
    inputs = {"x": [TaskRunResult(id=uuid4())]}
    made = client.create_task_run(
        load.with_options(retries=1, retry_delay_seconds=[1.0, 2.0], tags=["t"]), run.id, "0", task_inputs=inputs
    )

    client.set_task_run_state(made.id, Running())
    client.set_task_run_name(made.id, "renamed")
    answer = client.set_task_run_state(made.id, Completed())

    after = client.read_task_run(made.id)
    assert answer.status is SetStateStatus.ACCEPT
    assert (after.name, after.state.is_completed(), after.flow_run_id) == ("renamed", True, run.id)
    assert (made.tags, made.task_inputs, made.empirical_policy.retry_delay) == (["t"], inputs, [1.0, 2.0])
    assert [one.id for one in client.read_task_runs(task_run_filter=TaskRunFilter(tags={"all_": ["t"]}))] == [made.id]
    assert client.read_task_run_states(made.id)[-1].is_completed()


def test_a_task_run_that_comes_again_is_the_same(client):
    run, as_id = client.create_flow_run(etl, state=Running()), uuid4()

    first, second = (client.create_task_run(load, run.id, "0", id=as_id) for _ in range(2))

    assert first.id == second.id == as_id
