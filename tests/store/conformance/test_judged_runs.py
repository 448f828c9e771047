"""States that clients propose: what is written, once, in order; slots and results that go with them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conformance.backends import over_fresh_stores
from tests.store.conformance.story import Story, ended, started, waiting
from tests.store.conformance.story import an_id as story_id
from tests.store.conformance.told import NOW, SECOND, Teller, an_id
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import StateType, from_us
from tidemill.store.errors import MissingError
from tidemill.store.nouns import Wanted
from tidemill.wire.filters import FlowRunFilter
from tidemill.wire.operators import IdsOrNot


@pytest.fixture
def teller(store):
    return Teller(store)


@pytest.fixture
def run(teller):
    return teller.flow_run(teller.flow(), "RUNNING")


def names(states):
    return [state.name for state in states]


def test_a_flow_is_its_name(teller):
    first, made = teller.store.create_flow(an_id("f"), "etl", ["a"], {"x": 1}, NOW)
    again, made_again = teller.store.create_flow(an_id("g"), "etl", ["b"], {}, NOW)

    assert (made, made_again) == (True, False)
    assert again.id == first.id
    assert again.tags == first.tags


def test_a_flow_run_without_a_flow_is_refused(teller):
    with pytest.raises(MissingError, match="no flow has the id"):
        teller.flow_run(an_id("nothing"))


def test_an_idempotency_key_stands_for_one_run_of_a_flow(teller):
    etl, other = teller.flow("etl"), teller.flow("other")

    first = teller.flow_run(etl, idempotency_key="k")

    assert teller.flow_run(etl, idempotency_key="k") == first
    assert teller.flow_run(other, idempotency_key="k") != first
    assert teller.flow_run(etl) != teller.flow_run(etl)
    assert teller.store.count_listed_flow_runs() == 4


def test_states_are_numbered_without_a_gap_and_read_back(teller, run):
    teller.propose(run, "COMPLETED", data={"type": "reference", "key": "x"})
    teller.propose(run, "RUNNING", force=True)

    states = teller.store.states_of_flow_run(run)
    embedded = teller.store.flow_run_states(run)

    assert names(states) == ["Running", "Completed", "Running"]
    assert [state.id for state in states] == [state.id for state in embedded]
    assert [teller.store.flow_run_state(state.id).name for state in states] == names(states)
    present = teller.store.get_flow_run(run, teller.now)
    assert present.state_id == states[-1].id
    assert present.run_count == 2
    assert teller.store.read_flow_run(run).next_ordinal == 3


def test_times_of_a_run_follow_from_its_states(teller):
    run = teller.flow_run(teller.flow(), "SCHEDULED", details={"scheduled_time": from_us(NOW + 60 * SECOND)})
    teller.now = NOW + 65 * SECOND
    teller.propose(run, "PENDING", force=True)
    teller.propose(run, "RUNNING", force=True)
    teller.now += 9 * SECOND
    running = teller.store.get_flow_run(run, teller.now)
    teller.propose(run, "COMPLETED")
    over = teller.store.get_flow_run(run, teller.now + 100 * SECOND)

    assert running.estimated_run_time == 9
    assert running.estimated_start_time_delta == 7
    assert running.next_scheduled_start_time is None
    assert over.total_run_time == over.estimated_run_time == 10
    assert over.expected_start_time == from_us(NOW + 60 * SECOND)
    assert over.end_time - over.start_time == from_us(10 * SECOND) - from_us(0)


def test_a_run_that_waits_gets_later_until_it_is_over(teller):
    run = teller.flow_run(teller.flow(), "SCHEDULED")
    later = teller.now + 30 * SECOND

    assert teller.store.get_flow_run(run, later).estimated_start_time_delta == 30
    assert teller.store.average_lateness(Wanted(), later) == 30
    teller.propose(run, "CANCELLED")
    assert teller.store.get_flow_run(run, later).estimated_start_time_delta == 1
    assert teller.store.average_lateness(Wanted(flow_runs=FlowRunFilter(id=IdsOrNot(any_=[]))), later) is None


def test_a_repeated_transition_changes_nothing(teller, run):
    first = teller.propose(run, "COMPLETED", transition_id=an_id("t"))
    again = teller.propose(run, "COMPLETED", transition_id=an_id("t"))

    assert first.written
    assert (again.status, again.written) == ("REJECT", False)
    assert again.state.id == first.state.id
    assert len(teller.store.states_of_flow_run(run)) == 2


def test_a_transition_that_comes_again_after_others_changes_nothing(teller, run):
    teller.propose(run, "PAUSED", transition_id=an_id("t"))
    teller.propose(run, "RUNNING", transition_id=an_id("u"))

    assert not teller.propose(run, "PAUSED", transition_id=an_id("t")).written


def test_of_a_run_that_is_not_there_nothing_is_decided(teller):
    with pytest.raises(MissingError):
        teller.propose(an_id("nothing"), "RUNNING")
    with pytest.raises(MissingError):
        teller.propose_task(an_id("nothing"), "RUNNING")


def test_a_pause_key_is_used_once(teller, run):
    teller.propose(run, "PAUSED", "Paused", pause_key="p")
    teller.propose(run, "RUNNING")
    again = teller.propose(run, "PAUSED", "Paused", pause_key="p")

    assert again.status == "REJECT"
    assert teller.store.get_flow_run(run, teller.now).run_count == 1


def test_a_task_run_is_one_for_its_flow_run_task_and_key(teller, run):
    first = teller.task_run(run, "t", "0")

    assert teller.task_run(run, "t", "0") == first
    assert len({first, teller.task_run(run, "t", "1"), teller.task_run(run, "u", "0")}) == 3
    assert teller.task_run(None, "t", "0") == teller.task_run(None, "t", "0") != first
    with pytest.raises(MissingError):
        teller.task_run(an_id("nothing"))


def test_states_of_a_task_run_have_ids_that_lead_back(teller, run):
    task = teller.task_run(run)
    for kind in ("RUNNING", "FAILED"):
        teller.propose_task(task, kind, data={"type": "unpersisted"})

    states = teller.store.states_of_task_run(task)

    assert names(states) == ["Pending", "Running", "Failed"]
    assert len({state.id for state in states} | {task}) == 4
    assert [teller.store.task_run_state(state.id).name for state in states] == names(states)
    assert teller.store.get_task_run(task, teller.now).state_id == states[-1].id
    with pytest.raises(MissingError):
        teller.store.task_run_state(an_id("nothing"))
    with pytest.raises(MissingError):
        teller.store.task_run_state(task)


@pytest.mark.parametrize(
    "goes_on",
    [
        lambda run: [ended(run, at=NOW + 60 * SECOND)],
        lambda run: [waiting(run, at=NOW + 60 * SECOND)],
        lambda run: [waiting(run, at=NOW + 60 * SECOND), started(run, at=NOW + 61 * SECOND, attempt=2)],
        lambda run: [waiting(run, at=NOW + 60 * SECOND), started(run, at=NOW + 61 * SECOND), ended(run)],
    ],
)
def test_what_a_client_proposed_is_a_past_state_when_the_runs_own_process_goes_on(store, goes_on):
    story, teller = Story(store).alive(), Teller(store)
    run = story.running()
    story.tell(started(run))
    task = story_id("task")
    data = {"type": "unpersisted"}
    teller.propose_task(task, "RUNNING", "Polling", data=data, force=True)

    for entry in goes_on(run):
        story.tell(entry)

    states = store.states_of_task_run(task)
    assert names(states)[:2] == ["Running", "Polling"]
    told = [state.data and msgspec.json.decode(state.data) for state in states]
    assert told == [None, data] + [None] * (len(states) - 2)
    assert len({state.id for state in states}) == len(states) > 2


def test_a_task_run_does_not_run_while_its_flow_run_does_not(teller):
    run = teller.flow_run(teller.flow(), "PENDING")
    task = teller.task_run(run)

    assert teller.propose_task(task, "RUNNING").status == "ABORT"
    teller.propose(run, "RUNNING")
    assert teller.propose_task(task, "RUNNING").status == "ACCEPT"
    assert teller.store.get_task_run(task, teller.now).flow_run_run_count == 1


def test_what_is_cached_is_not_run_again(teller, run):
    first, second = teller.task_run(run, "t", "0"), teller.task_run(run, "t", "1")
    teller.propose_task(first, "RUNNING", cache_key="k")
    teller.propose_task(first, "COMPLETED", cache_key="k", data={"type": "reference", "storage_key": "s"})

    cached = teller.propose_task(second, "RUNNING", cache_key="k")

    assert (cached.status, cached.state.name) == ("REJECT", "Cached")
    assert teller.store.get_task_run(second, teller.now).state_name == "Cached"


def test_a_cached_state_expires(teller, run):
    first, second = teller.task_run(run, "t", "0"), teller.task_run(run, "t", "1")
    teller.propose_task(first, "RUNNING", cache_key="k")
    until = from_us(teller.now + 10 * SECOND)
    teller.propose_task(first, "COMPLETED", cache_key="k", cache_expiration=until, data={"type": "reference"})
    teller.now += 60 * SECOND

    assert teller.propose_task(second, "RUNNING", cache_key="k").status == "ACCEPT"


def limit(teller, name, slots):
    moment = from_us(teller.now)
    teller.store.create_limit(
        ConcurrencyLimit(id=an_id(name), name=name, limit=slots, active_slots=0, created=moment, updated=moment),
        teller.now,
    )


def test_a_tag_has_as_many_running_task_runs_as_slots(teller, run):
    limit(teller, "tag:db", 1)
    first, second = (teller.task_run(run, "t", key, tags=["db", "other"]) for key in "01")

    assert teller.propose_task(first, "RUNNING").status == "ACCEPT"
    waits = teller.propose_task(second, "RUNNING")
    assert (waits.status, waits.written) == ("WAIT", False)
    assert teller.propose_task(first, "RUNNING").status == "ACCEPT"  # its slot is its own
    assert teller.store.read_limit("tag:db", teller.now).active_slots == 1
    teller.propose_task(first, "COMPLETED")
    assert teller.store.read_limit("tag:db", teller.now).active_slots == 0
    assert teller.propose_task(second, "RUNNING").status == "ACCEPT"
    teller.store.delete_task_run(second)
    assert teller.store.read_limit("tag:db", teller.now).active_slots == 0


def test_deleting_a_flow_run_gives_back_the_slots_of_its_task_runs(teller, run):
    limit(teller, "tag:db", 1)
    teller.propose_task(teller.task_run(run, tags=["db"]), "RUNNING")

    assert teller.store.delete_flow_run(run)

    assert teller.store.read_limit("tag:db", teller.now).active_slots == 0
    assert not teller.store.delete_flow_run(run)


def test_the_task_run_that_stands_for_a_subflow_run_follows_it(teller, run):
    standing = teller.task_run(run)
    child = teller.flow_run(teller.flow("child"), "PENDING", parent_task_run_id=standing)

    teller.propose(child, "RUNNING")
    teller.propose(child, "FAILED")

    task = teller.store.get_task_run(standing, teller.now)
    assert task.state_name == "Failed"
    assert task.state.state_details.child_flow_run_id == child
    assert teller.store.read_flow_run(child).root_flow_run_id == run
    assert [one.id for one in teller.store.subflow_runs(run)] == [child]


def test_deleting_a_flow_takes_all_its_runs(teller, run):
    flow = teller.store.get_flow_run(run, NOW).flow_id
    teller.task_run(run)
    teller.flow_run(teller.flow("other"))

    teller.store.delete_part_of_flow(flow)

    assert teller.store.count_listed_flow_runs() == 1
    assert teller.store.count_listed_task_runs() == 0
    with pytest.raises(MissingError):
        teller.store.delete_part_of_flow(flow)


def test_a_history_counts_runs_by_interval_and_state(teller):
    flow = teller.flow()
    for at, kind in ((0, "COMPLETED"), (5, "COMPLETED"), (12, "RUNNING"), (31, "SCHEDULED")):
        teller.now = NOW + at * SECOND - SECOND
        teller.flow_run(flow, kind)
    teller.task_run(None, kind="FAILED")

    history = teller.store.history(
        "flow_run", Wanted(), start=NOW, end=NOW + 30 * SECOND, interval=10 * SECOND, now=NOW + 20 * SECOND
    )

    assert history == [(0, "COMPLETED", "Completed", 2, 0.0, 0.0), (1, "RUNNING", "Running", 1, 8.0, 0.0)]
    tasks = teller.store.history(
        "task_run", Wanted(), start=NOW, end=NOW + 60 * SECOND, interval=60 * SECOND, now=NOW + 90 * SECOND
    )
    assert [row[:4] for row in tasks] == [(0, "FAILED", "Failed", 1)]


def test_counts_of_task_runs_leave_out_what_stands_for_subflow_runs(teller, run):
    teller.task_run(run, "t", "0", "COMPLETED")
    standing = teller.task_run(run, "t", "1")
    teller.flow_run(teller.flow("child"), "PENDING", parent_task_run_id=standing)

    assert teller.store.task_runs_of([run, an_id("nothing")]) == {run: 1}
    assert teller.store.task_runs_by_type(Wanted()) == {StateType.COMPLETED: 1, StateType.PENDING: 1}


def test_the_next_runs_of_flows(teller):
    flow = teller.flow()
    for seconds in (90, 60):
        teller.flow_run(flow, "SCHEDULED", f"in-{seconds}", details={"scheduled_time": from_us(NOW + seconds * SECOND)})

    found = teller.store.next_runs_of([flow, an_id("nothing")])

    assert found[flow][2] == "in-60"
    assert list(found) == [flow]


def test_what_a_run_says_is_changed(teller, run):
    teller.store.update_flow_run(run, {"name": "new", "tags": ["a"], "parameters": {"x": [1]}}, teller.now)
    teller.store.update_flow_run_labels(run, {"a": 1}, teller.now)
    teller.store.update_flow_run_labels(run, {"b": True}, teller.now)

    changed = teller.store.read_flow_run(run)

    assert (changed.name, changed.tags, changed.parameters) == ("new", ["a"], {"x": [1]})
    assert changed.labels["a"] == 1
    assert changed.labels["b"] is True
    with pytest.raises(MissingError):
        teller.store.update_flow_run(an_id("nothing"), {"name": "x"}, teller.now)
    with pytest.raises(MissingError):
        teller.store.update_flow_run_labels(an_id("nothing"), {}, teller.now)


def test_labels_of_a_flow_are_those_of_its_runs(teller):
    run = teller.flow_run(teller.flow(labels={"team": "a", "size": 1}), labels={"size": 2})
    labels = teller.store.read_flow_run(run).labels

    assert (labels["team"], labels["size"]) == ("a", 2)


steps = st.lists(
    st.tuples(st.sampled_from(list(StateType)), st.booleans(), st.sampled_from([None, "a", "b"])), max_size=12
)


@settings(max_examples=25, deadline=None)
@given(steps=steps)
@over_fresh_stores
def test_whatever_is_proposed_what_is_kept_agrees_with_itself(fresh_store, steps):
    with fresh_store() as store:
        teller = Teller(store)
        run = teller.flow_run(teller.flow(), "RUNNING")
        task = teller.task_run(run)
        written = {run: 1, task: 1}
        for kind, force, transition in steps:
            given = {} if transition is None else {"transition_id": an_id(transition)}
            written[run] += teller.propose(run, kind, force=force, **given).written
            written[task] += teller.propose_task(task, kind, force=force).written

        flow_run, task_run = store.get_flow_run(run, teller.now), store.get_task_run(task, teller.now)
        for present, states in ((flow_run, store.states_of_flow_run(run)), (task_run, store.states_of_task_run(task))):
            assert len(states) == written[present.id]
            assert len({state.id for state in states}) == len(states)
            assert (states[-1].id, states[-1].type) == (present.state_id, present.state_type)
            assert (present.end_time is not None) == (
                present.state_type in ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
            )
        transitions = [str(state.state_details.transition_id) for state in store.states_of_flow_run(run)]
        assert store.read_flow_run(run).next_ordinal == len(transitions)
        assert store.list_flow_runs(Wanted(), now=teller.now, limit=1)[0].id == run
