"""One server's services in turn; nobody sleeps, the clock is moved."""

from __future__ import annotations

import logging

import pytest

from tests.server.client import Client
from tests.server.services.telling import SECOND
from tidemill.server.services.late_runs import LateRuns
from tidemill.server.services.leading import BEAT_SECONDS, TERM_SECONDS, Leadership
from tidemill.server.services.running import ServiceRunner
from tidemill.server.services.service import Service
from tidemill.settings import Settings
from tidemill.store.errors import LeadLostError, StoreUnavailableError
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock


class Counting(Service):
    """Remembers when it had its turn; ``deed`` is what it does then."""

    def __init__(self, name="counting", interval=10.0, deed=lambda _turn: None, *, enabled=True):
        super().__init__(interval=interval, enabled=enabled)
        self.name = name
        self.turns = []
        self.deed = deed

    def run_once(self, turn):
        self.turns.append(turn.now)
        return self.deed(turn)


@pytest.fixture
def store():
    with SqliteStore.in_memory() as store:
        yield store


@pytest.fixture
def clock():
    return JumpingClock()


def direct(store):
    def write(unit):
        with store.together():
            return unit()

    return write


def runner(store, clock, *services):
    return ServiceRunner(services, store, clock, Settings(), direct(store), chance=lambda: 0.5)


def run_for(running, clock, seconds):
    """Steps, and waits as long as each says."""
    until = clock.monotonic() + seconds
    while (wait := running.step()) + clock.monotonic() <= until:
        clock.sleep(max(wait, 0.001))
    clock.sleep(max(until - clock.monotonic(), 0))


def test_each_service_has_its_turn_after_its_interval(store, clock):
    often, seldom = Counting("often", 5), Counting("seldom", 20)

    run_for(runner(store, clock, often, seldom), clock, 59)

    assert len(often.turns) == 12
    assert len(seldom.turns) == 3


def test_a_service_that_is_switched_off_has_none(store, clock):
    off = Counting(enabled=False)

    run_for(runner(store, clock, off, Counting("on")), clock, 60)

    assert off.turns == []
    assert [lease.name for lease in store.read_services()] == ["on"]


def test_a_service_may_ask_for_a_turn_before_its_interval_is_over(store, clock):
    service = Counting(interval=60, deed=lambda turn: turn.now + 2 * SECOND)

    run_for(runner(store, clock, service), clock, 9)

    assert len(service.turns) == 5


def test_it_sleeps_until_something_is_due(store, clock):
    running = runner(store, clock, Counting(interval=3.0))
    running.step()

    assert running.step() == pytest.approx(3.0)
    clock.sleep(3)
    running.step()
    assert running.step() == pytest.approx(BEAT_SECONDS - 3)


def fails(error):
    def deed(_turn):
        raise error

    return deed


def test_a_failing_service_is_tried_again_later_and_later_and_told_of_once(store, clock, caplog):
    service, other = Counting("failing", 1, fails(RuntimeError("out of order"))), Counting("other", 10)

    with caplog.at_level(logging.INFO, "tidemill.server.services"):
        run_for(runner(store, clock, service, other), clock, 300)

    waits = [later - earlier for earlier, later in zip(service.turns, service.turns[1:], strict=False)]
    assert waits[:6] == [pytest.approx(wait * SECOND, rel=0.01) for wait in (1, 2, 4, 8, 16, 32)]
    assert max(waits) <= 61 * SECOND
    assert len(other.turns) == 31
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_when_it_works_again_the_log_says_so(store, clock, caplog):
    service = Counting(interval=1, deed=fails(StoreUnavailableError("away")))
    running = runner(store, clock, service)

    with caplog.at_level(logging.INFO, "tidemill.server.services"):
        run_for(running, clock, 10)
        service.deed = lambda _turn: None
        run_for(running, clock, 20)

    assert [record.message for record in caplog.records] == [
        "The service 'counting' failed and is tried again: away",
        "The service 'counting' works again",
    ]


def test_what_passes_came_to_is_told_by_the_store(store, clock):
    running = runner(store, clock, Counting("failing", 1, fails(RuntimeError("out of order"))), Counting("well", 1))

    run_for(running, clock, 20)

    told = {lease.name: lease for lease in store.read_services()}
    assert told["failing"].last_error == "out of order"
    assert told["well"].last_error is None
    assert told["well"].last_pass > clock.now_us() - 10 * SECOND


def test_f19_two_servers_share_each_service_is_run_by_one(store, clock):
    mine, theirs = Counting(), Counting()
    first, second = runner(store, clock, mine), runner(store, clock, theirs)

    for _ in range(60):
        first.step()
        second.step()
        clock.sleep(1)

    assert len(mine.turns) == 6
    assert theirs.turns == []


def test_the_other_goes_on_when_one_ends(store, clock):
    mine, theirs = Counting(), Counting()
    first, second = runner(store, clock, mine), runner(store, clock, theirs)
    first.step()

    first.stop()
    run_for(second, clock, 1)

    assert len(theirs.turns) == 1


def test_f19_a_leader_that_pauses_for_longer_than_its_term_writes_nothing(store, clock):
    """The pass began under a lead that is another's by the time it writes."""
    written = []

    def deed(turn):
        clock.sleep(TERM_SECONDS + 1)
        Leadership(store, ["counting"]).beat(clock.now_us())
        turn.write(lambda: written.append(turn.now))

    service = Counting(deed=deed)
    running = runner(store, clock, service)

    running.step()

    assert len(service.turns) == 1
    assert written == []


def test_what_is_written_by_a_pass_is_undone_with_it(store, clock):
    def half(turn):
        def unit():
            store.create_flow("f" * 36, "half", [], {}, turn.now)
            raise ValueError

        turn.write(unit)

    run_for(runner(store, clock, Counting(deed=half)), clock, 1)

    assert store.count_flows() == 0


def test_f17_a_lead_begins_anew_after_the_server_stood_still(store, clock):
    since = []
    service = Counting(interval=1, deed=lambda turn: since.append(turn.led_since))
    running = runner(store, clock, service)
    run_for(running, clock, 10)

    clock.sleep(600)
    run_for(running, clock, 3)

    assert len(set(since)) == 2
    assert since[-1] > since[0] + 600 * SECOND


class Apart(JumpingClock):
    """A wall clock that somebody sets; the other one goes on."""

    ahead = 0

    def now_us(self):
        return self.us + self.ahead


def test_f17_nothing_is_judged_by_a_clock_that_jumped_before_the_leads_began_anew(store):
    clock, seen = Apart(), []
    service = Counting(interval=1, deed=lambda turn: seen.append(turn.now - turn.led_since))
    running = runner(store, clock, service)
    run_for(running, clock, 7)

    for hours in (5, -5):
        clock.ahead = hours * 3600 * SECOND
        run_for(running, clock, 7)

    assert max(seen) < 30 * SECOND
    assert len(seen) >= 15


def test_no_service_runs_while_the_store_cannot_be_asked_who_leads(store, clock):
    service, away = Counting(interval=1), [False]
    write = direct(store)

    def sometimes(unit):
        if away[0]:
            raise StoreUnavailableError("away")
        return write(unit)

    running = ServiceRunner([service], store, clock, Settings(), sometimes, chance=lambda: 0.5)
    run_for(running, clock, 3)
    before = len(service.turns)

    away[0] = True
    run_for(running, clock, 60)
    assert len(service.turns) <= before + BEAT_SECONDS
    away[0] = False
    run_for(running, clock, 60)
    assert len(service.turns) > before + BEAT_SECONDS


def test_a_server_runs_them_in_a_thread_of_their_own_and_tells_of_them():
    with SqliteStore.in_memory() as store:
        client = Client(store, services=[LateRuns(Settings())])
        client.close()  # which waits for the pass that is under way
        client = Client(store)
        said = client.get("/api/tm/services")
        client.close()

    assert said.status == 200
    assert [one["name"] for one in said.body] == ["late_runs"]
    assert not said.body[0]["is_led"]


def test_who_lost_its_lead_says_so_by_a_refusal(store, clock):
    (lead,) = Leadership(store, ["one"]).beat(clock.now_us())
    clock.sleep(TERM_SECONDS)
    Leadership(store, ["one"]).beat(clock.now_us())

    with pytest.raises(LeadLostError):
        store.check_lead(lead)
