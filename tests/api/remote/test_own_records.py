"""What a machine's processes have reported of a run, read from their journals."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import an_id, created, ended, line, pending, started, state
from tidemill.api.remote.own_records import OwnRecords
from tidemill.domain.entries import RootHeld, encode
from tidemill.journal.file import create_journal, journal_path


@pytest.fixture
def journals(tmp_path):
    opened = {}

    def told(producer, *entries):
        if producer not in opened:
            opened[producer] = create_journal(journal_path(tmp_path, an_id(producer)), an_id(producer))
        for entry in entries:
            opened[producer].append(entry.kind, encode(entry))
        return opened[producer]

    yield told
    for journal in opened.values():
        journal.close()


@pytest.fixture
def records(tmp_path, journals):
    held = set()
    known = OwnRecords(tmp_path, lambda: (an_id("own"), journals("own")), held.__contains__)
    known.held = held
    yield known
    known.close()


def begun(name="run", flow="etl"):
    run = created(name, flow=flow)
    return run.id, [run, RootHeld(run.id, 1), state(run.id, "RUNNING", ordinal=1)]


def by_task(records, run):
    return {call.run_id: call.type.value for call in records.calls(run)}


def test_a_run_that_began_here_is_known_whole(journals, records):
    run, entries = begun()
    journals("own", *entries, started(run, "a"), ended(run, "a", result="kept"), started(run, "b"), line(run, "hello"))

    assert sorted(by_task(records, run).values()) == ["COMPLETED", "RUNNING"]
    done = next(call for call in records.calls(run) if call.type.value == "COMPLETED")
    assert records.kept_result(done.run_id) == "kept"


def test_what_processes_of_its_pools_did_belongs_to_it(journals, records):
    run, entries = begun()
    journals("own", *entries, pending(run, "a"))
    journals("worker", RootHeld(run, 1, True), started(run, "a"), ended(run, "a"))

    assert list(by_task(records, run).values()) == ["COMPLETED"]


def test_other_runs_are_left_out(journals, records):
    run, entries = begun()
    other, others = begun("other")
    journals("own", *entries, *others, started(run, "a"), started(other, "b"), ended(other, "b"))

    assert list(by_task(records, run).values()) == ["RUNNING"]


def test_a_run_that_began_elsewhere_is_not_known(journals, records):
    run, _ = begun()
    journals("own", RootHeld(run, 2), started(run, "a"))

    assert records.calls(run) is None


def test_a_process_that_has_written_nothing_knows_nothing(tmp_path):
    assert OwnRecords(tmp_path, lambda: None, lambda _: True).calls("run") is None


def test_runs_that_are_over_are_forgotten(journals, records):
    run, entries = begun()
    other, others = begun("other")
    journals("own", *entries, *others, started(run, "a"), ended(run, "a", result="kept"))
    (done,) = records.calls(run)

    records.calls(other)

    assert records.kept_result(done.run_id) is None
