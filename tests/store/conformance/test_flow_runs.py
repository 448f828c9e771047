from __future__ import annotations

import pytest

from tidemill.domain.identity import flow_id
from tidemill.domain.names import clean_text
from tidemill.domain.runs import Condition, Operator, Order, any_of
from tidemill.domain.states import IllegalTransitionError, StateType, from_us
from tidemill.store.errors import StaleEpochError, UnknownRunError

from .story import NOW, SECOND, an_id, created, ended, line, started, state


def decided(kind: StateType, name: str | None = None, at: int = NOW):
    from tidemill.domain.runs import RunState
    from tidemill.domain.states import DEFAULT_NAME

    return RunState(
        id=an_id(f"{kind}{at}"),
        type=kind,
        name=name or DEFAULT_NAME[kind],
        timestamp=from_us(at),
        message="so it was decided",
    )


def test_a_flow_run_goes_through_its_states(store, story):
    run = story.running()
    story.tell(
        state(
            run, "COMPLETED", ordinal=1, at=NOW + 3 * SECOND, message="done", result="kept", details={"cache_key": "k"}
        )
    )

    found = store.read_flow_run(run)

    assert (found.state_type, found.state_name, found.run_count) == (StateType.COMPLETED, "Completed", 1)
    assert (found.start_time, found.end_time, found.total_run_time) == (from_us(NOW), from_us(NOW + 3 * SECOND), 3.0)
    assert (found.state.message, found.state.data, found.state.state_details) == ("done", "kept", {"cache_key": "k"})
    assert found.flow_name == "etl"
    assert found.parameters == {"x": 1}
    assert found.tags == ["blue"]
    assert [s.name for s in store.flow_run_states(run)] == ["Running", "Completed"]
    assert found.next_ordinal == 2


def test_all_states_of_one_batch_are_kept_in_order(store, story):
    run = an_id("run")
    story.tell(created(), state(run, "PENDING"), state(run, "RUNNING", ordinal=1), state(run, "FAILED", ordinal=2))

    assert [s.type for s in store.flow_run_states(run)] == ["PENDING", "RUNNING", "FAILED"]


def test_the_parameters_to_resume_with_are_kept(store, story):
    run = story.running(kept_parameters="gAV9lC4=")
    assert store.read_flow_run(run).kept_parameters == "gAV9lC4="


def test_every_field_is_read_from_what_was_said_of_it(store, story):
    said = {
        "parent_task_run_id": an_id("parent"),
        "flow_version": "v1",
        "entrypoint": "flows.py:etl",
        "empirical_policy": {"retries": 2},
        "labels": {"team": "tides"},
        "on_lease_lost": "stop",
        "deployment_id": an_id("deployment"),
        "kept_parameters": "gAV9lC4=",
    }
    run = story.running(**said, expected_start_us=NOW - 2 * SECOND, created_us=NOW - SECOND)

    found = store.read_flow_run(run)

    assert {name: getattr(found, name) for name in said} == said
    assert (found.id, found.name, found.root_flow_run_id, found.holder) == (run, "run", run, "producer-1")
    assert (found.flow_id, found.flow_name) == (flow_id("default", "etl"), "etl")
    assert (found.created, found.expected_start_time) == (from_us(NOW - SECOND), from_us(NOW - 2 * SECOND))
    assert (found.updated, found.end_time, found.epoch) == (from_us(NOW), None, 1)


def test_creating_twice_changes_nothing(store, story):
    run = story.running()
    story.tell(created("run", parameters={"x": 2}))

    assert store.read_flow_run(run).parameters == {"x": 1}
    assert len(store.flows()) == 1


@pytest.mark.parametrize("length", [36, 12, 8])
def test_a_run_is_found_by_the_beginning_of_its_id(store, story, length):
    run = story.running()
    assert store.read_flow_run(run[:length]).id == run


def test_a_run_is_found_by_name_the_newest_first(store, story):
    story.tell(created("old", created_us=NOW))
    newest = created("x", created_us=NOW + 1)
    story.tell(type(newest)(**{f: getattr(newest, f) for f in newest.__struct_fields__} | {"name": "old"}))

    assert store.read_flow_run("old").id == newest.id


def test_a_name_is_a_name_even_if_ids_begin_so(store, story):
    """Runs are named 0, 1, 2 where their parameter is; and the ids of one age begin alike."""
    runs = [story.running(f"run-{number}") for number in range(40)]
    shared = next(digit for digit in "0123456789abcdef" if sum(run.startswith(digit) for run in runs) > 1)
    named = story.running(shared)

    assert store.read_flow_run(shared).id == named


@pytest.mark.parametrize("name", ["\udc80", "a\x00b", "\ud83d!"])
def test_what_cannot_be_written_is_asked_for_as_it_was_recorded(store, story, name):
    run = story.running(clean_text(name), flow=clean_text(name))

    assert store.read_flow_run(name).id == run
    assert [found.id for found in store.find_flow_runs([any_of("name", name)])] == [run]
    assert [found.id for found in store.find_flow_runs([Condition("flow_name", Operator.LIKE, name)])] == [run]
    assert len(store.flows(name)) == 1
    with pytest.raises(UnknownRunError):
        store.read_task_run(name)


def test_an_ambiguous_beginning_names_the_candidates(store, story):
    first, second = created("one"), created("two")
    ids = ["aaaa1111-0000-8000-8000-000000000000", "aaaa2222-0000-8000-8000-000000000000"]
    for entry, run in zip((first, second), ids, strict=True):
        story.tell(type(entry)(**{f: getattr(entry, f) for f in entry.__struct_fields__} | {"id": run, "root": run}))

    with pytest.raises(UnknownRunError, match=r"several flow runs: .*one.*two|several flow runs: .*two.*one"):
        store.read_flow_run("aaaa")
    assert store.read_flow_run("aaaa1").name == "one"


@pytest.mark.parametrize("handle", ["nobody", "", "%"])
def test_an_unknown_run_is_named(store, story, handle):
    story.running()
    with pytest.raises(UnknownRunError, match="tidemill flow-run ls"):
        store.read_flow_run(handle)


def test_runs_are_found_by_conditions(store, story):
    running = story.running("one", flow="etl", created_us=NOW)
    done = story.running("two", flow="train", created_us=NOW + 10, tags=["blue", "green"])
    story.tell(state(done, "COMPLETED", at=NOW + 20))

    def names(*conditions, **more):
        return [run.name for run in store.find_flow_runs(conditions, **more)]

    assert names() == ["two", "one"]
    assert names(order=Order("created")) == ["one", "two"]
    assert names(limit=1) == ["two"]
    assert names(limit=1, offset=1) == ["one"]
    assert names(any_of("state_type", StateType.RUNNING, StateType.PAUSED)) == ["one"]
    assert names(Condition("state_type", Operator.NOT_ANY, ["COMPLETED"])) == ["one"]
    assert names(any_of("flow_name", "train")) == ["two"]
    assert names(Condition("name", Operator.LIKE, "TW")) == ["two"]
    assert names(Condition("name", Operator.LIKE, "%")) == []
    assert names(Condition("tags", Operator.ALL, ["blue", "green"])) == ["two"]
    assert names(any_of("tags", "green", "red")) == ["two"]
    assert names(Condition("tags", Operator.IS_NULL, True)) == []
    assert names(Condition("end_time", Operator.IS_NULL, True)) == ["one"]
    assert names(Condition("expected_start_time", Operator.BEFORE, from_us(NOW))) == ["one"]
    assert names(any_of("id", running), any_of("name", "two")) == []
    assert store.count_flow_runs([any_of("flow_name", "etl", "train")]) == 2


def test_an_unknown_field_gets_a_hint(store):
    with pytest.raises(ValueError, match="did you mean 'state_type'"):
        store.find_flow_runs([any_of("state_tpye", "RUNNING")])
    with pytest.raises(ValueError, match="cannot be filtered with 'like_' on 'tags'"):
        store.find_flow_runs([Condition("tags", Operator.LIKE, "x")])


def test_subflow_runs_hang_below_their_root(store, story):
    root = story.running("root")
    story.tell(
        started(root, "call"),
        created("child", root=root, parent_task_run_id=an_id("call"), created_us=NOW + 1),
        state(an_id("child"), "RUNNING", root=root),
        created("grandchild", root=root, created_us=NOW + 2),
    )

    below = store.subflow_runs(root)

    assert [run.name for run in below] == ["child", "grandchild"]
    assert all(run.is_subflow_run for run in below)
    assert below[0].parent_task_run_id == an_id("call")


def test_a_decision_moves_a_run(store, story):
    run = story.running()

    after = store.set_flow_run_state(run, decided(StateType.CANCELLING, at=NOW + SECOND), epoch=1)

    assert (after.state_type, after.next_ordinal, after.state.message) == (StateType.CANCELLING, 2, "so it was decided")
    assert after.run_count == 1
    story.tell(state(run, "CANCELLED", ordinal=1, at=NOW + 2 * SECOND))
    assert [s.type for s in store.flow_run_states(run)] == ["RUNNING", "CANCELLING", "CANCELLED"]


def test_a_decision_must_be_legal(store, story):
    run = story.running()
    story.tell(state(run, "COMPLETED", at=NOW + 1))

    with pytest.raises(IllegalTransitionError):
        store.set_flow_run_state(run, decided(StateType.FAILED))
    with pytest.raises(IllegalTransitionError):
        store.set_flow_run_state(run, decided(StateType.RUNNING))

    assert store.set_flow_run_state(run, decided(StateType.SCHEDULED), new_attempt=True).end_time is None


def test_a_decision_under_an_older_epoch_is_refused(store, story):
    run = story.running()
    with pytest.raises(StaleEpochError, match="epoch 1 now, not 7"):
        store.set_flow_run_state(run, decided(StateType.PAUSED), epoch=7)
    with pytest.raises(UnknownRunError):
        store.set_flow_run_state(an_id("nobody"), decided(StateType.PAUSED))


def test_a_run_goes_with_everything_below_it(store, story):
    kept = story.running("kept")
    story.tell(started(kept, "other"), ended(kept, "other"), line(kept, "kept"))
    run = story.running("gone")
    story.tell(
        started(run, "call"),
        line(run, "x", task="call"),
        created("child", root=run, parent_task_run_id=an_id("call")),
        started(an_id("child"), "inner", root=run),
    )

    assert store.delete_flow_run(run)
    assert not store.delete_flow_run(run)

    assert [found.name for found in store.find_flow_runs()] == ["kept"]
    assert [found.name for found in store.find_task_runs()] == ["other"]
    assert [log.message for log in store.read_logs()] == ["kept"]
    assert store.flow_run_states(run) == []


def test_a_subflow_run_goes_without_its_parent(store, story):
    run = story.running("stays")
    story.tell(started(run, "call"), created("child", root=run, parent_task_run_id=an_id("call")))

    store.delete_flow_run(an_id("child"))

    assert [found.name for found in store.find_flow_runs()] == ["stays"]


def test_old_runs_go_in_small_bites(store, story):
    for number in range(3):
        run = story.running(f"run-{number}", created_us=NOW + number)
        story.tell(state(run, "COMPLETED", at=NOW + number * SECOND))
    story.running("still")

    assert store.delete_flow_runs_ended_before(NOW + 2 * SECOND, limit=1) == 1
    assert store.delete_flow_runs_ended_before(NOW + 2 * SECOND) == 1
    assert store.delete_flow_runs_ended_before(NOW + 2 * SECOND) == 0
    assert {run.name for run in store.find_flow_runs()} == {"run-2", "still"}


@pytest.mark.parametrize("odd", ["\udcff", "a\x00b"])
def test_what_no_database_takes_can_be_asked_for(store, story, odd):
    story.running()

    for condition in (any_of("name", odd), any_of("flow_name", odd), Condition("name", Operator.LIKE, odd)):
        assert store.find_flow_runs([condition]) == []
    assert store.find_task_runs([any_of("name", odd)]) == []
    with pytest.raises(UnknownRunError):
        store.read_flow_run(odd)
    with pytest.raises(UnknownRunError):
        store.read_task_run(odd)
