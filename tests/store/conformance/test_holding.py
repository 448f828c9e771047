"""Claims, leases, and what happens to the runs of a process that died."""

from __future__ import annotations

import pytest

from tidemill.domain.entries import RootHeld
from tidemill.domain.runs import Producer
from tidemill.domain.states import StateType, from_us
from tidemill.store.errors import RunHeldError, UnknownRunError

from .story import NOW, SECOND, Story, an_id, created, ended, line, started, state, waiting

RESUMABLE = {StateType.CRASHED, StateType.PAUSED}


def test_a_claim_starts_a_new_epoch(store, story):
    run = story.running()
    story.tell(state(run, "CRASHED", at=NOW + 1))

    claim = store.claim_flow_run(run, "producer-2", NOW + 2, allow=RESUMABLE)

    assert (claim.epoch, claim.run_count, claim.next_ordinal, claim.state_type) == (2, 1, 2, StateType.CRASHED)
    assert (store.read_flow_run(run).epoch, store.read_flow_run(run).holder) == (2, "producer-2")
    story.tell(line(run, "from the former holder"))
    assert store.read_logs() == []


def test_a_live_holder_keeps_its_run(store, story):
    run = story.alive().running()

    with pytest.raises(RunHeldError, match="Running in process 1 on here"):
        store.claim_flow_run(run, "producer-2", NOW, allow={StateType.RUNNING})

    assert store.read_flow_run(run).epoch == 1
    assert store.claim_flow_run(run, "producer-2", NOW + 20 * SECOND, allow={StateType.RUNNING}).epoch == 2


def test_a_holder_may_claim_its_own_run_again(store, story):
    run = story.alive().running()
    assert store.claim_flow_run(run, story.producer, NOW, allow={StateType.RUNNING}).epoch == 2


def test_a_finished_run_may_be_claimed_while_its_former_holder_lives(store, story):
    run = story.alive().running()
    story.tell(state(run, "FAILED", at=NOW + 1))
    assert store.claim_flow_run(run, "producer-2", NOW, allow={StateType.FAILED}).epoch == 2


def test_a_claim_needs_the_right_state(store, story):
    run = story.running()
    story.tell(state(run, "COMPLETED", at=NOW + 1))

    with pytest.raises(RunHeldError, match="Completed; it would have to be Crashed, Paused"):
        store.claim_flow_run(run, "producer-2", NOW, allow=RESUMABLE)
    with pytest.raises(UnknownRunError):
        store.claim_flow_run(an_id("nobody"), "producer-2", NOW, allow=RESUMABLE)


def test_a_subflow_run_is_claimed_through_its_root(store, story):
    root = story.running("root")
    story.tell(created("child", root=root), state(an_id("child"), "CRASHED", root=root))
    with pytest.raises(RunHeldError, match=f"part of flow run {root}"):
        store.claim_flow_run(an_id("child"), "producer-2", NOW, allow=RESUMABLE)


def test_a_suspended_run_is_free_though_its_process_lives(store, story):
    run = story.alive().running()
    story.tell(state(run, "PAUSED", name="Suspended", at=NOW + 1))
    assert store.claim_flow_run(run, "producer-2", NOW, allow=RESUMABLE).epoch == 2


def test_what_a_dead_process_left_is_crashed(store, story):
    root = story.alive().running("root")
    story.tell(
        created("child", root=root), state(an_id("child"), "RUNNING", root=root),
        started(root, "open"), started(root, "done"), ended(root, "done"), started(an_id("child"), "inner", root=root),
        waiting(root, "open", at=NOW + 1), started(None, "alone"),
    )  # fmt: skip
    bystander = Story(store, "producer-2").running("bystander")

    crashed = store.crash_runs_of(story.producer, NOW + SECOND, "its process was killed")

    assert set(crashed) == {root, an_id("child")}
    for run in crashed:
        found = store.read_flow_run(run)
        assert (found.state_type, found.end_time) == (StateType.CRASHED, from_us(NOW + SECOND))
        assert (found.state.message, found.total_run_time, found.next_ordinal) == ("its process was killed", 1.0, 2)
    kinds = {task_run.name: task_run.state_name for task_run in store.find_task_runs()}
    assert kinds == {"open": "Crashed", "done": "Completed", "inner": "Crashed", "alone": "Crashed"}
    assert [s.name for s in store.task_run_states(an_id("open"))] == ["Running", "AwaitingRetry", "Crashed"]
    assert store.read_flow_run(bystander).state_type is StateType.RUNNING
    assert store.unfinished_runs_of(story.producer) == 0
    assert store.crash_runs_of(story.producer, NOW + SECOND, "again") == []


def test_a_process_that_was_believed_dead_is_not_believed(store, story):
    run = story.alive().running()
    store.crash_runs_of(story.producer, NOW, "its lease ran out")

    story.tell(state(run, "COMPLETED", at=NOW + 1), started(run))

    assert store.read_flow_run(run).state_type is StateType.CRASHED
    assert store.find_task_runs() == []
    assert len(store.late_reports()) == 2


def test_a_paused_run_waits_on_and_a_cancelling_one_is_cancelled(store, story):
    paused, cancelling = story.running("paused"), story.running("cancelling")
    story.tell(state(paused, "PAUSED", at=NOW + 1), state(cancelling, "CANCELLING", at=NOW + 1))

    assert store.crash_runs_of(story.producer, NOW + 2, "gone") == [cancelling]

    assert store.read_flow_run(paused).state_type is StateType.PAUSED
    assert store.read_flow_run(cancelling).state_type is StateType.CANCELLED


def test_a_crashed_task_run_starts_again(store, story):
    run = story.running()
    story.tell(started(run))
    store.crash_runs_of(story.producer, NOW + 1, "killed")
    claim = store.claim_flow_run(run, "producer-2", NOW + 2, allow=RESUMABLE)
    resumed = Story(store, "producer-2", claim.epoch)

    resumed.tell(
        state(run, "RUNNING", at=NOW + 3, run_count=2), started(run, at=NOW + 4, attempt=2), ended(run, attempt=2)
    )

    assert [s.name for s in store.task_run_states(an_id("task"))] == ["Running", "Crashed", "Running", "Completed"]
    assert [s.name for s in store.flow_run_states(run)] == ["Running", "Crashed", "Running"]
    assert store.read_flow_run(run).run_count == 2
    assert store.read_task_run(an_id("task")).start_time == from_us(NOW)


def test_a_lease_lapses_unless_it_is_extended(store, story):
    story.alive(lease_until=NOW + 20)

    assert store.lapsed_producers(NOW + 19) == []
    assert store.beat(story.producer, NOW + 5, NOW + 25)
    assert store.lapsed_producers(NOW + 20) == []
    assert [producer.id for producer in store.lapsed_producers(NOW + 25)] == [story.producer]


def test_a_producer_that_ended_has_nothing_to_extend(store, story):
    story.alive()
    assert [producer.id for producer in store.producers_not_ended()] == [story.producer]

    store.end_producer(story.producer, NOW + 1)

    assert not store.beat(story.producer, NOW + 5, NOW + 25)
    assert store.producers_not_ended() == store.lapsed_producers(NOW + 90 * SECOND) == []
    assert store.read_producer(story.producer).ended_us == NOW + 1
    assert store.read_producer("nobody") is None


def test_what_a_buried_process_reports_late_as_running_can_be_ended_for_it_too(store, story):
    story.alive()
    store.end_producer(story.producer, NOW + 1)
    run = story.running()
    story.tell(started(run), started(None, "alone"))

    (found,) = store.lapsed_producers(NOW + 20 * SECOND)
    assert found.id == story.producer
    assert store.crash_runs_of(story.producer, NOW + 20 * SECOND, "gone") == [run]
    store.end_producer(story.producer, NOW + 20 * SECOND)

    assert store.read_flow_run(run).state_type is StateType.CRASHED
    assert {task_run.state_name for task_run in store.find_task_runs()} == {"Crashed"}
    assert store.lapsed_producers(NOW + 90 * SECOND) == []


def test_a_buried_process_that_reports_only_what_is_over_stays_buried(store, story):
    story.alive()
    store.end_producer(story.producer, NOW + 1)

    run = an_id("run")
    story.tell(created(), state(run, "RUNNING"), started(run), ended(run), state(run, "COMPLETED", at=NOW + 1))

    assert store.producers_not_ended() == []
    assert store.read_flow_run(run).state_type is StateType.COMPLETED


def test_one_that_nobody_knew_is_known_by_what_it_left_running(store, story):
    run = story.running()

    assert [producer.id for producer in store.producers_not_ended()] == [story.producer]
    assert store.read_flow_run(run).holder == story.producer


def test_registering_keeps_what_was_applied(store, story):
    story.running()
    story.alive()
    assert store.read_producer(story.producer).applied_seq == story.seq


def test_a_run_that_goes_on_is_cancelled_again_though_the_clock_stands_still(store, story):
    run = story.running()
    store.cancel_flow_run(run, NOW)
    claim = store.claim_flow_run(run, "producer-2", NOW, allow=[StateType.CANCELLED])
    other = Story(store, "producer-2", claim.epoch)
    other.tell(RootHeld(run, claim.epoch), state(run, "RUNNING", ordinal=2, state_id=an_id("again")))

    store.cancel_flow_run(run, NOW)

    assert [one.type for one in store.flow_run_states(run)] == ["RUNNING", "CANCELLED", "RUNNING", "CANCELLED"]


def test_f25_what_was_ended_by_somebody_else_is_not_brought_back_by_a_report_that_was_under_way(store, story):
    run = story.running()
    store.end_producer(story.producer, NOW)  # so that nobody is asked whether it may be
    store.cancel_flow_run(run, NOW)

    story.tell(state(run, "RUNNING", ordinal=1, at=NOW + SECOND))

    assert [one.type for one in store.flow_run_states(run)] == ["RUNNING", "CANCELLED"]


def test_f25_neither_is_one_that_was_claimed_before_it_was_ended(store, story):
    run = story.running()
    store.end_producer(story.producer, NOW)
    claim = store.claim_flow_run(run, "producer-2", NOW, allow=[StateType.RUNNING])
    store.cancel_flow_run(run, NOW)

    other = Story(store, "producer-2", claim.epoch)
    other.tell(RootHeld(run, claim.epoch), state(run, "RUNNING", ordinal=2, at=NOW + SECOND))

    assert [one.type for one in store.flow_run_states(run)] == ["RUNNING", "CANCELLED"]


def test_a_process_that_counts_as_ended_and_claims_a_run_can_be_ended_for_it(store, story):
    run = story.running()
    store.register_producer(Producer(id="late", host="here", pid=2, beat_us=NOW, lease_until_us=NOW + SECOND))
    store.end_producer("late", NOW)

    store.claim_flow_run(run, "late", NOW, allow=[StateType.RUNNING])

    assert [one.id for one in store.lapsed_producers(NOW + SECOND)] == ["late"]
