"""How a process's entries get into its home, when the store is late, away, or the process dies while it ends."""

from __future__ import annotations

from threading import Event

import apsw
import pytest

from tests.store.conformance.story import NOW, an_id, created, ended, started, state
from tidemill import flow, task
from tidemill.api.embedded import Home, Recording
from tidemill.domain.entries import RootHeld, encode
from tidemill.settings import Settings
from tidemill.system import failpoints
from tidemill.system.clock import JumpingClock


def tell(home, *entries):
    for entry in entries:
        home.recorder.append(entry.kind, encode(entry))


def a_run(name="run"):
    run = an_id(name)
    return run, (RootHeld(run, 1), created(name), state(run, "RUNNING"))


def name_of_state(home, run):
    return home.store.read_flow_run(run).state_name


class Telling(JumpingClock):
    """Whoever waits by it has something done first, once."""

    def __init__(self, deed):
        super().__init__(NOW)
        self.deed = deed

    def sleep(self, seconds):
        super().sleep(seconds)
        deed, self.deed = self.deed, None
        if deed is not None:
            deed()


def test_what_is_told_of_anothers_run_waits_until_the_store_knows_the_run(tmp_path):
    run, entries = a_run()
    theirs = Home(tmp_path / "home")

    def begin():
        tell(theirs, *entries)
        theirs.recorder.wait_applied()

    ours = Home(tmp_path / "home", Telling(begin))
    tell(ours, RootHeld(run, 1, shared=True), started(run))
    ours.recorder.wait_applied()

    assert [found.state_name for found in ours.store.find_task_runs()] == ["Running"]
    assert ours.store.late_reports() == []
    ours.close()
    theirs.close()


def test_a_run_that_never_comes_is_not_waited_for_for_ever(tmp_path):
    home = Home(tmp_path / "home", JumpingClock())

    tell(home, RootHeld(an_id("deleted"), 1, shared=True), started(an_id("deleted")))
    home.recorder.wait_applied()

    assert [late.reason for late in home.store.late_reports()] == ["the flow run is not there: it was deleted"]
    home.close()


def test_a_lease_lasts_20_s_and_is_renewed_every_5_s_unless_settings_say_otherwise():
    settings, defaults = Settings(), Recording()

    assert (defaults.lease_seconds, defaults.beat_seconds) == (20.0, 5.0)
    assert (settings.lease_seconds, settings.beat_seconds) == (20.0, 5.0)
    assert settings.journal.roll_bytes == defaults.roll_bytes


@task
def part(number):
    return number


@flow
def below(depth):
    return below(depth - 1) if depth else sum(part.map(range(3)).result())


def test_subflows_of_a_process_share_the_journal_of_their_root(home, runtime):
    assert below(3) == 3
    assert below(1) == 3

    home.recorder.wait_applied()
    assert len(home.store.find_flow_runs()) == 6
    assert len(list(home.journals.glob("*.log"))) == 1
    assert list(home.journals.glob("*.applied")) == []


@pytest.fixture
def hurried(tmp_path):
    """A home that beats often, and whose writer does not wait for others."""
    home = Home(tmp_path / "home", recording=Recording(beat_seconds=0.01))
    with home.store._connections.writing() as writer:
        writer.connection.set_busy_timeout(0)
    yield home
    home.close()


def test_a_run_begins_while_the_store_is_away_and_the_store_is_told_later(hurried, caplog):
    beaten = Event()
    hurried.recorder.at_each_beat(beaten.set)
    run, entries = a_run()
    another = apsw.Connection(str(hurried.path / "tidemill.db"))
    another.execute("BEGIN IMMEDIATE")

    tell(hurried, *entries)

    another.execute("ROLLBACK")
    another.close()
    hurried.recorder.wait_applied()
    for _ in range(2):
        beaten.clear()
        beaten.wait()
    assert "as soon as it is there again" in caplog.text
    assert name_of_state(hurried, run) == "Running"
    known = hurried.store.read_producer(hurried.recorder.producer)
    assert known.pid is not None
    assert known.lease_until_us is not None


def test_who_was_taken_for_dead_is_alive_again_at_its_next_beat(hurried):
    beaten = Event()
    hurried.recorder.at_each_beat(beaten.set)
    producer = hurried.recorder.producer
    hurried.store.end_producer(producer, NOW)

    for _ in range(2):
        beaten.clear()
        beaten.wait()

    assert hurried.store.read_producer(producer).ended_us is None


@pytest.fixture
def fail():
    yield failpoints.arm
    failpoints.arm("")


def test_who_dies_between_its_last_entry_and_its_end_leaves_nothing_running(tmp_path, fail):
    run, entries = a_run()
    dying = Home(tmp_path / "home")
    tell(dying, *entries)

    fail("recorder.before_ending:1:raise")
    with pytest.raises(OSError, match="fail point recorder"):
        dying.recorder.close()

    home = Home(tmp_path / "home")
    assert name_of_state(home, run) == "Crashed"
    home.close()
    dying.store.close()


def test_a_large_journal_is_changed_when_nothing_is_under_way_not_even_a_task_outside_of_flows(tmp_path):
    home = Home(tmp_path / "home", recording=Recording(roll_bytes=1))
    run, entries = a_run()
    tell(home, *entries, started(None, "elsewhere"), state(run, "COMPLETED", ordinal=1))
    first = home.recorder.producer

    home.recorder.released(run)
    assert home.recorder.producer == first

    tell(home, ended(None, "elsewhere"))
    home.recorder.released(run)
    assert home.recorder.producer != first
    home.close()
