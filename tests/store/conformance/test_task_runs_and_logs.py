from __future__ import annotations

import pytest

from tidemill.domain.runs import Condition, Operator, any_of
from tidemill.domain.states import StateType, from_us
from tidemill.store.errors import UnknownRunError

from .story import NOW, SECOND, an_id, created, ended, line, pending, started, state


def test_a_start_without_an_end_is_a_running_task_run(store, story):
    run = story.running()
    story.tell(started(run, inputs={"x": [{"input_type": "constant"}]}, tags=["slow"], at_most_once=True))

    found = store.read_task_run(an_id("task"))

    assert (found.state_type, found.start_time, found.end_time) == (StateType.RUNNING, from_us(NOW), None)
    assert found.task_inputs == {"x": [{"input_type": "constant"}]}
    assert found.at_most_once
    assert found.tags == ["slow"]
    assert found.flow_run_id == run


@pytest.mark.parametrize("apart", [False, True])
def test_an_end_completes_it(store, story, apart):
    run = story.running()
    end = ended(run, kind="FAILED", message="broke", result="kept", details={"retriable": False})
    if apart:
        story.tell(started(run))
        story.tell(end)
    else:
        story.tell(started(run), end)

    found = store.read_task_run(an_id("task"))

    assert (found.state_type, found.state.message, found.state.data) == (StateType.FAILED, "broke", "kept")
    assert (found.end_time, found.total_run_time) == (from_us(NOW + SECOND), 1.0)
    assert found.state.state_details == {"retriable": False}
    assert [s.timestamp for s in store.task_run_states(found.id)] == [from_us(NOW), from_us(NOW + SECOND)]
    assert store.task_run_states(found.id)[-1] == found.state
    assert store.unfinished_runs_of(story.producer) == 1  # the flow run


@pytest.mark.parametrize("apart", [False, True])
def test_a_task_run_that_waits_first(store, story, apart):
    run = story.running()
    entries = [pending(run, at=NOW - 5), started(run), ended(run)]
    for batch in [[entry] for entry in entries] if apart else [entries]:
        story.tell(*batch)

    found = store.read_task_run(an_id("task"))

    assert [s.name for s in store.task_run_states(found.id)] == ["Pending", "Running", "Completed"]
    assert (found.created, found.start_time, found.run_count) == (from_us(NOW - 5), from_us(NOW), 1)


def test_a_task_run_whose_upstream_failed_never_starts(store, story):
    run = story.running()
    story.tell(pending(run, state_name="NotReady"))

    found = store.read_task_run(an_id("task"))

    assert (found.state_type, found.state_name, found.start_time) == (StateType.PENDING, "NotReady", None)
    assert (found.run_count, found.tags) == (0, ["t"])


def test_a_task_outside_any_flow_is_kept(store, story):
    story.tell(started(None), ended(None))
    assert store.read_task_run(an_id("task")).flow_run_id is None


def test_task_runs_are_found_by_conditions(store, story):
    one, two = story.running("one"), story.running("two")
    story.tell(started(one, "a"), ended(one, "a"), started(one, "b"), started(two, "c", tags=["x"]))

    def names(*conditions, **more):
        return [run.name for run in store.find_task_runs(conditions, **more)]

    assert names() == ["a", "b", "c"]
    assert names(any_of("flow_run_id", one)) == ["a", "b"]
    assert names(any_of("state_type", "RUNNING"), any_of("flow_run_id", one)) == ["b"]
    assert names(any_of("tags", "x")) == ["c"]
    assert names(limit=1, offset=1) == ["b"]
    assert store.count_task_runs([any_of("flow_run_id", one)]) == {StateType.COMPLETED: 1, StateType.RUNNING: 1}
    with pytest.raises(UnknownRunError, match="tidemill task-run ls"):
        store.read_task_run(an_id("nobody"))


def test_recorded_calls_are_those_of_the_whole_tree(store, story):
    """However many there are: a store may read them in pages."""
    many = 2_100
    root = story.running("root")
    other = story.running("other")
    story.tell(
        *(entry for n in range(many) for entry in (started(root, f"t{n}"), ended(root, f"t{n}", result=f"r{n}")))
    )
    story.tell(
        created("child", root=root),
        state(an_id("child"), "RUNNING", root=root),
        started(an_id("child"), "inner", root=root),
        started(root, "standing", child_flow_run_id=an_id("child")),
        started(other, "foreign"),
    )

    calls = {call.label: call for call in store.recorded_calls(root)}

    assert {name for name, call in calls.items() if call.has_result} == {f"t{n}" for n in range(many)}
    assert calls.keys() == {f"t{n}" for n in range(many)} | {"inner", "child"}
    assert calls["inner"].run_id == an_id("inner")
    assert calls["inner"].type is StateType.RUNNING
    assert calls["child"].run_id == an_id("child")
    assert calls["child"].ordinal == 1
    assert store.kept_result(an_id("t3")) == "r3"
    assert store.kept_result(an_id("inner")) is None


def test_logs_are_read_in_order_and_followed(store, story):
    run = story.running()
    story.tell(line(run, "one"), line(run, "two", task="task", level=40), line(None, "elsewhere"))

    first = store.read_logs([any_of("flow_run_id", run)], limit=1)
    rest = store.read_logs([any_of("flow_run_id", run)], after=first[-1].position)

    assert [log.message for log in first + rest] == ["one", "two"]
    assert [log.message for log in store.read_logs([any_of("task_run_id", an_id("task"))])] == ["two"]
    assert [log.message for log in store.read_logs([Condition("level", Operator.AT_LEAST, 30)])] == ["two"]
    assert [log.message for log in store.read_logs(newest_first=True, limit=2)] == ["elsewhere", "two"]
    assert first[0].timestamp == from_us(NOW)
    assert first[0].name == "tidemill.flow_runs"


def test_flows_are_listed_by_name(store, story):
    story.running("one", flow="train")
    story.running("two", flow="Etl")

    assert [flow.name for flow in store.flows()] == ["Etl", "train"]
    assert [flow.name for flow in store.flows("TR")] == ["train"]
