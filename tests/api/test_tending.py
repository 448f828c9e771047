"""What whoever opens a home does first."""

from __future__ import annotations

import logging
import os

import apsw

from tests.api.test_recorder import a_run, name_of_state, tell
from tests.store.conformance.story import Story, an_id, state
from tidemill.api.embedded import Home, Recording
from tidemill.journal.orphans import KEEP_US
from tidemill.server.services.leading import Leadership
from tidemill.store.sqlite.run_store import SqliteRunStore
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock


def test_a_file_that_is_no_journal_is_passed_over_and_left_as_it_is(tmp_path, caplog):
    stray = tmp_path / "home" / "journal" / "zzz.log"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(content := os.urandom(3000))

    with caplog.at_level(logging.WARNING, "tidemill.home"):
        Home(tmp_path / "home").close()

    assert stray.read_bytes() == content
    assert "zzz.log" in caplog.text


def later():
    return SystemClock().now_us() + KEEP_US + 1_000_000


class At(SystemClock):
    def __init__(self, now):
        self.now = now

    def now_us(self):
        return self.now


def test_a_database_that_is_put_back_from_a_copy_gets_what_it_lacks_from_the_journals(tmp_path):
    Home(tmp_path / "home").close()
    database = tmp_path / "home" / "tidemill.db"
    copy = database.read_bytes()
    run, entries = a_run()
    home = Home(tmp_path / "home")
    tell(home, *entries, state(run, "COMPLETED", ordinal=1))
    home.close()

    database.write_bytes(copy)
    home = Home(tmp_path / "home")

    assert name_of_state(home, run) == "Completed"
    home.close()


def test_the_journal_of_a_suspended_run_is_kept_as_long_as_it_waits(tmp_path):
    run, entries = a_run()
    home = Home(tmp_path / "home")
    tell(home, *entries, state(run, "PAUSED", ordinal=1, name="Suspended"))
    home.close()

    home = Home(tmp_path / "home", At(later()))
    assert name_of_state(home, run) == "Suspended"
    assert len(list(home.journals.iterdir())) == 1

    home.store.cancel_flow_run(run, later())
    home.close()
    Home(tmp_path / "home", At(later() + 2 * KEEP_US)).close()
    assert list(home.journals.iterdir()) == []


class Impatient(SqliteRunStore):
    """Waits a moment for other processes."""

    @classmethod
    def open(cls, path):
        return super().open(path, busy_seconds=0.05)


def test_a_home_whose_store_is_locked_can_be_opened_and_read(tmp_path, monkeypatch, caplog):
    """What a dead process left waits for who comes next."""
    monkeypatch.setattr("tidemill.api.embedded.SqliteRunStore", Impatient)
    _, entries = a_run()
    home = Home(tmp_path / "home")
    tell(home, *entries)
    home.recorder.wait_applied()
    (journal,) = home.journals.glob("*.log")
    left = journal.read_bytes()
    home.close()
    journal.with_suffix(".applied").unlink()
    journal.write_bytes(left)
    another = apsw.Connection(str(tmp_path / "home" / "tidemill.db"))
    another.execute("BEGIN IMMEDIATE")

    home = Home(tmp_path / "home")
    assert home.store.find_flow_runs()
    home.close()

    assert "cannot be brought into the store now" in caplog.text
    another.execute("ROLLBACK")
    another.close()
    Home(tmp_path / "home").close()
    assert list(home.journals.glob("*.log")) == []


def test_a_journal_that_cannot_be_opened_does_not_keep_a_home_from_opening(tmp_path, caplog):
    (tmp_path / "home" / "journal" / "zzz.log").mkdir(parents=True)

    Home(tmp_path / "home").close()

    assert "zzz.log" in caplog.text


def test_a_living_process_that_could_not_beat_keeps_its_runs(tmp_path):
    """Its machine slept, or it was held up: its lock says that it lives, and who cancels its run has it do that."""
    run, entries = a_run()
    living = Home(tmp_path / "home")
    tell(living, *entries)
    living.recorder.wait_applied()
    now = living.clock.now_us()
    living.store.beat(living.recorder.producer, now - 60_000_000, now - 1)

    other = Home(tmp_path / "home")

    assert other.store.read_producer(living.recorder.producer).lease_until_us > now
    assert other.store.cancel_flow_run(run, now).state_name == "Cancelling"
    other.close()
    living.close()


def test_a_journal_stays_as_long_as_was_chosen(tmp_path):
    run, entries = a_run()
    home = Home(tmp_path / "home")
    tell(home, *entries, state(run, "COMPLETED", ordinal=1))
    home.close()
    (aside,) = home.journals.glob("*.applied")

    Home(tmp_path / "home", At(later()), recording=Recording(keep_seconds=7200)).close()
    assert aside.exists()
    Home(tmp_path / "home", At(later()), recording=Recording(keep_seconds=60)).close()
    assert not aside.exists()


def remote(home, now):
    """A process that records by way of a server: it has no journal here."""
    story = Story(home.store, an_id("remote")).alive(now)
    return story.running("remote")


def test_a_process_without_a_journal_here_is_gone_when_its_lease_ran_out(tmp_path):
    home = Home(tmp_path / "home")
    run = remote(home, SystemClock().now_us() - 1)

    home.close()
    home = Home(tmp_path / "home")

    assert name_of_state(home, run) == "Crashed"
    home.close()


def test_where_a_server_served_the_home_its_absence_costs_no_run(tmp_path):
    with SqliteStore.open(tmp_path / "home" / "tidemill.db") as store:
        Leadership(store, ["leases"]).beat(SystemClock().now_us())
    home = Home(tmp_path / "home")
    run = remote(home, SystemClock().now_us() - 1)

    home.close()
    home = Home(tmp_path / "home")

    assert name_of_state(home, run) == "Running"
    home.close()
