from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tidemill.domain.entries import Batch, FlowRunCreated, RootHeld, encode
from tidemill.domain.runs import any_of
from tidemill.domain.states import StateType

from .backends import over_fresh_stores
from .story import NOW, SECOND, Story, an_id, created, ended, line, started, state, waiting


def test_a_batch_sent_twice_counts_once(store, story):
    run = an_id("run")
    batch = story.batch(created(), started(run), ended(run), line(run, "hello"))

    assert store.apply(batch) == 4
    assert store.apply(batch) == 4

    assert len(store.read_logs()) == 1
    assert [past.type for past in store.task_run_states(an_id("task"))] == ["RUNNING", "COMPLETED"]


def test_of_a_batch_known_in_part_only_the_rest_is_applied(store, story):
    run = an_id("run")
    first = story.batch(created(), line(run, "one"))
    again = Batch(first.producer, 1, 3, [*first.payloads, (7, encode(line(run, "two")))], first.roots)

    store.apply(first)

    assert store.apply(again) == 3
    assert [log.message for log in store.read_logs()] == ["one", "two"]


def test_a_batch_beyond_a_gap_is_not_applied_and_the_answer_says_where_to_go_on(store, story):
    run = story.running()
    skipped = story.batch(line(run, "lost"))

    assert story.tell(line(run, "too early")) == skipped.first_seq - 1

    assert store.read_logs() == []


def test_a_store_that_forgot_a_producer_asks_for_everything(store, story):
    story.seq = 7
    assert story.tell(created()) == 0
    assert store.find_flow_runs() == []


def test_a_child_process_shares_its_root_without_taking_it(store, story):
    run = story.running()
    child = Story(store, "child", epoch=1)

    child.tell(RootHeld(run, 1, shared=True), started(run), line(run, "from the child"))

    assert store.read_flow_run(run).holder == story.producer
    assert store.unfinished_runs_of("child") == 1
    assert len(store.read_logs()) == 1


def test_two_producers_count_for_themselves(store, story):
    story.running("one")
    other = Story(store, "producer-2")
    other.running("two")

    assert {run.name for run in store.find_flow_runs()} == {"one", "two"}
    assert store.read_producer("producer-1").applied_seq == story.seq
    assert store.read_producer("producer-2").applied_seq == other.seq


def test_entries_under_an_older_epoch_are_kept_aside_and_the_rest_is_applied(store, story):
    stale, own = story.running("stale"), story.running("own")
    Story(store, "producer-2", epoch=2).tell(RootHeld(stale, 2))

    story.tell(line(stale, "refused"), state(stale, "COMPLETED", ordinal=1), line(own, "taken"))

    assert [log.message for log in store.read_logs()] == ["taken"]
    assert store.read_flow_run(stale).state_type is StateType.RUNNING
    assert [(late.kind, late.root, "epoch 2" in late.reason) for late in store.late_reports()] == [
        (7, stale, True),
        (3, stale, True),
    ]


def test_a_root_held_anew_takes_epoch_and_holder(store, story):
    run = story.running()
    Story(store, "producer-2", epoch=4).tell(RootHeld(run, 4))

    found = store.read_flow_run(run)
    assert (found.epoch, found.holder) == (4, "producer-2")


def test_entries_of_a_deleted_run_do_not_bring_it_back(store, story):
    run = story.running()
    store.delete_flow_run(run)

    story.tell(started(run), line(run, "still here?"), state(run, "COMPLETED", ordinal=1))

    assert store.find_flow_runs() == store.find_task_runs() == store.read_logs() == []
    assert len(store.late_reports()) == 3


def test_a_finished_run_does_not_change_its_end(store, story):
    run = story.running()
    story.tell(state(run, "CANCELLED", at=NOW + 1))

    story.tell(state(run, "COMPLETED", at=NOW + 2))

    assert store.read_flow_run(run).state_type is StateType.CANCELLED
    (late,) = store.late_reports()
    assert "CANCELLED cannot become COMPLETED" in late.reason


def test_a_field_that_an_old_journal_does_not_have_reads_as_its_default(store, story):
    run = created()
    old = encode(run).replace(b',null,null,null,null,"continue",null,null,null]', b"]")
    assert old != encode(run)

    store.apply(Batch("p", 1, 1, [(FlowRunCreated.kind, old)], {run.root: 1}))

    assert store.read_flow_run(run.id).on_lease_lost == "continue"


def test_nul_is_kept_as_its_picture(store, story):
    """PostgreSQL keeps no NUL, so nobody does; the word for it is another text."""
    text, kept = "nul \0\0 and \\u0000", "nul ␀␀ and \\u0000"
    run = story.running(parameters={"x": text}, tags=[text])
    story.tell(started(run, "task", tags=[text]), ended(run, message=text), line(run, text))

    assert store.read_logs()[0].message == kept
    assert store.read_flow_run(run).parameters == {"x": kept}
    assert store.read_flow_run(run).tags == [kept]
    task_run = store.read_task_run(an_id("task"))
    assert (task_run.state.message, task_run.tags) == (kept, [kept])


@pytest.mark.parametrize("text", ["\x1b[31m", "emoji 🐟 and \u202e", "quote ' \" \\ ]}", "", " "])
def test_text_comes_back_as_it_was(store, story, text):
    run = story.running(parameters={"x": text}, tags=[text])
    story.tell(started(run, "task", tags=[text]), ended(run, message=text, result=text), line(run, text))

    assert store.read_logs()[0].message == text
    assert store.read_flow_run(run).parameters == {"x": text}
    assert store.read_flow_run(run).tags == [text]
    task_run = store.read_task_run(an_id("task"))
    assert (task_run.state.message, task_run.state.data, task_run.tags) == (text, text, [text])


_TASKS = ["a", "b", "c"]


def _history(run: str, attempts: dict[str, int]):
    """Entries of several task runs, each with so many attempts, and what must come of them."""
    told, expected = {}, {}
    for task, count in attempts.items():
        entries, states = [], []
        for attempt in range(1, count + 1):
            entries.append(started(run, task, at=NOW + attempt, attempt=attempt))
            states.append(("Retrying" if attempt > 1 else "Running", attempt))
            if attempt < count:
                entries.append(waiting(run, task, at=NOW + attempt, attempt=attempt))
                states.append(("AwaitingRetry", attempt))
        entries.append(ended(run, task, at=NOW + SECOND, attempt=count))
        states.append(("Completed", count))
        told[task], expected[task] = entries, states
    return told, expected


@over_fresh_stores
@settings(max_examples=40 if FULL else 20, deadline=None)
@given(
    attempts=st.dictionaries(st.sampled_from(_TASKS), st.integers(1, 4), min_size=1),
    picks=st.lists(st.sampled_from(_TASKS), max_size=30),
    cuts=st.sets(st.integers(1, 30)),
)
def test_however_entries_are_cut_into_batches_the_rows_are_the_same(fresh_store, attempts, picks, cuts):
    with fresh_store() as store:
        story = Story(store)
        run = story.running()
        told, expected = _history(run, attempts)
        order = [task for task in picks if task in told] + [task for task in told for _ in range(20)]
        entries = [told[task].pop(0) for task in order if told[task]]

        batch = []
        for place, entry in enumerate(entries):
            batch.append(entry)
            if place in cuts:
                story.tell(*batch)
                batch = []
        if batch:
            story.tell(*batch)

        for task, states in expected.items():
            assert [(s.name, s.run_count) for s in store.task_run_states(an_id(task))] == states
            found = store.read_task_run(an_id(task))
            assert found.run_count == attempts[task]
            assert found.start_time is not None
            assert found.end_time is not None
        assert store.count_task_runs([any_of("state_type", "COMPLETED")]) == {StateType.COMPLETED: len(expected)}


def test_a_state_that_a_run_had_before_is_kept_aside(store, story):
    run = story.running()
    again = state(run, "RUNNING", ordinal=0)
    story.tell(state(run, "PAUSED", at=NOW + 1))

    assert story.tell(again, line(run, "after it")) == story.seq

    assert [past.name for past in store.flow_run_states(run)] == ["Running", "Paused"]
    assert [log.message for log in store.read_logs()] == ["after it"]
    (late,) = store.late_reports()
    assert "before" in late.reason


def test_a_flow_is_known_by_its_name_whatever_id_it_is_given(store, story):
    story.running("one")

    story.tell(created("two", flow_id=an_id("another id")))

    assert len({run.flow_id for run in store.find_flow_runs()}) == 1


@pytest.mark.parametrize("number", [2**63, -(2**64), 10**40])
def test_a_number_that_no_database_keeps_is_kept_aside(store, story, number):
    run = story.running()

    story.tell(line(run, "loud", level=number), started(run, attempt=number), line(run, "after it"))

    assert [log.message for log in store.read_logs()] == ["after it"]
    assert [late.kind for late in store.late_reports()] == [7, 4]
