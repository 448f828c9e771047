from functools import partial

import pytest

from tests.server.services.telling import DAY, HOUR, NOW, SECOND, turn
from tests.store.conformance.story import Story, an_id, created, started, state
from tidemill.domain.limits import ConcurrencyLimit, SlotRequest
from tidemill.domain.states import from_us
from tidemill.journal.file import create_journal, journal_path
from tidemill.server.services.leases import Leases
from tidemill.settings import Settings

TERM = 20 * SECOND


@pytest.fixture
def service():
    return Leases(Settings(), None)


def looked(service, store, now):
    """Two passes: the first, under a lead that begins, believes everybody to live for a term."""
    service.run_once(turn(store, now - TERM))
    service.run_once(turn(store, now))


def test_what_a_process_held_whose_lease_ran_out_crashes(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    story.tell(started(run), created("child", root=run), state(an_id("child"), "RUNNING", root=run))

    looked(service, store, NOW + HOUR)

    assert [told.state_of(one) for one in (run, an_id("child"))] == ["Crashed", "Crashed"]
    assert store.read_task_run(an_id("task")).state.name == "Crashed"


def test_what_it_reports_afterwards_is_kept_aside(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    looked(service, store, NOW + HOUR)

    story.tell(state(run, "COMPLETED", ordinal=1, at=NOW + HOUR))

    assert told.state_of(run) == "Crashed"


def test_what_was_asked_to_end_is_cancelled(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    store.cancel_flow_run(run, NOW)

    looked(service, store, NOW + HOUR)

    assert told.state_of(run) == "Cancelled"


def test_its_slots_are_given_back(store, told, service):
    Story(store).alive(NOW + TERM)
    moment = from_us(NOW)
    limit = ConcurrencyLimit(id=an_id("limit"), name="one", limit=1, active_slots=0, created=moment, updated=moment)
    store.create_limit(limit, NOW)
    asked = SlotRequest(
        names=["one"], slots=1, holder="producer-1", lease_id=an_id("lease"), now=NOW, lease_until=NOW + DAY
    )
    store.acquire_slots(asked)

    looked(service, store, NOW + HOUR)

    assert store.read_limit("one", NOW + HOUR).active_slots == 0


def test_a_process_that_beats_is_left_alone(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()

    service.run_once(turn(store, NOW))
    store.beat(story.producer, NOW + HOUR, NOW + HOUR + TERM)
    service.run_once(turn(store, NOW + HOUR))

    assert told.state_of(run) == "Running"


def test_f11_a_starting_server_believes_everybody_to_live_for_a_term(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()

    service.run_once(turn(store, NOW + HOUR))
    service.run_once(turn(store, NOW + HOUR + TERM - 1))
    assert told.state_of(run) == "Running"
    service.run_once(turn(store, NOW + HOUR + TERM))
    assert told.state_of(run) == "Crashed"


def test_f17_so_does_one_that_stood_still(store, told, service):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    service.run_once(turn(store, NOW, led_since=NOW))

    service.run_once(turn(store, NOW + HOUR, led_since=NOW + HOUR))
    store.beat(story.producer, NOW + HOUR + SECOND, NOW + HOUR + 2 * TERM)
    service.run_once(turn(store, NOW + HOUR + TERM, led_since=NOW + HOUR))

    assert told.state_of(run) == "Running"


def test_longer_leases_are_not_made_shorter(store, told, service):
    story = Story(store).alive(NOW + HOUR)

    service.run_once(turn(store, NOW))

    assert store.read_producer(story.producer).lease_until_us == NOW + HOUR


def test_a_process_that_beats_while_it_is_looked_at_lives(store, told):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    store.beat(story.producer, NOW + HOUR, NOW + HOUR + TERM)

    assert store.bury_lapsed(story.producer, NOW + HOUR, "gone") is None
    assert told.state_of(run) == "Running"


class BeatsMeanwhile:
    """A store whose processes beat just after somebody looked whose lease ran out."""

    def __init__(self, store, producer, at):
        self._store, self._beat = store, partial(store.beat, producer, at, at + TERM)

    def __getattr__(self, name):
        return getattr(self._store, name)

    def producers_not_ended(self):
        found = self._store.producers_not_ended()
        self._beat()
        return found

    def lapsed_producers(self, now):
        found = self._store.lapsed_producers(now)
        self._beat()
        return found


@pytest.mark.parametrize("journals", [True, False], ids=["beside-a-home", "alone"])
def test_a_process_elsewhere_that_beats_just_then_lives(store, told, tmp_path, journals):
    story = Story(store).alive(NOW + TERM)
    run = story.running()
    service = Leases(Settings(), tmp_path / "journal" if journals else None)
    service.run_once(turn(store, NOW))

    service.run_once(turn(BeatsMeanwhile(store, story.producer, NOW + HOUR), NOW + HOUR))

    assert told.state_of(run) == "Running"


def test_a_process_of_this_home_with_a_locked_journal_lives_whatever_its_lease_says(store, told, tmp_path):
    journals = tmp_path / "journal"
    story = Story(store, an_id("producer")).alive(NOW + TERM)
    run = story.running()
    service = Leases(Settings(), journals)
    journal = create_journal(journal_path(journals, story.producer), story.producer)

    looked(service, store, NOW + HOUR)
    assert told.state_of(run) == "Running"

    journal.close()  # as the end of its process does
    service.run_once(turn(store, NOW + HOUR + SECOND))
    assert told.state_of(run) == "Crashed"
