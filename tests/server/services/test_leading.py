from threading import Barrier, Thread

import msgspec
import pytest

from tests.server.services.telling import MINUTE, NOW, SECOND
from tidemill.server.services.leading import TERM_SECONDS, Leadership, shown
from tidemill.store.access.services import Passed
from tidemill.store.errors import LeadLostError
from tidemill.system.processes import current_identity

TERM = round(TERM_SECONDS * SECOND)
NAMES = ["late_runs", "scheduler"]


def test_who_comes_first_leads_and_goes_on_leading(store):
    first, second = Leadership(store, NAMES), Leadership(store, NAMES)

    led = first.beat(NOW)

    assert [(lead.service, lead.epoch, lead.since) for lead in led] == [(name, 1, NOW) for name in NAMES]
    assert second.beat(NOW + SECOND) == []
    assert first.beat(NOW + TERM - 1) == led
    assert second.beat(NOW + TERM) == []


def test_a_lead_whose_term_is_over_goes_to_whoever_asks_first(store):
    first, second = Leadership(store, NAMES), Leadership(store, NAMES)
    (old, _) = first.beat(NOW)

    (new, _) = second.beat(NOW + TERM)

    assert (new.epoch, new.since) == (2, NOW + TERM)
    assert first.beat(NOW + TERM) == []
    with pytest.raises(LeadLostError, match="late_runs"):
        store.check_lead(old)
    store.check_lead(new)


def test_who_slept_through_its_own_term_begins_a_new_lead(store):
    one = Leadership(store, NAMES)
    (old, _) = one.beat(NOW)

    (new, _) = one.beat(NOW + MINUTE)

    assert (new.epoch, new.since) == (2, NOW + MINUTE)
    with pytest.raises(LeadLostError):
        store.check_lead(old)


def test_who_ends_in_order_is_followed_at_once(store):
    first, second = Leadership(store, NAMES), Leadership(store, NAMES)
    first.beat(NOW)

    first.resign(NOW + SECOND)

    assert [lead.epoch for lead in second.beat(NOW + SECOND)] == [2, 2]


@pytest.mark.machine
def test_so_is_a_process_of_this_machine_that_is_gone(store):
    me = current_identity()
    gone = Leadership(store, NAMES, msgspec.structs.replace(me, started="long ago", pid=me.pid))
    gone.beat(NOW)

    assert [lead.epoch for lead in Leadership(store, NAMES).beat(NOW + SECOND)] == [2, 2]


def test_of_a_process_elsewhere_only_its_term_tells(store):
    elsewhere = msgspec.structs.replace(current_identity(), host="another machine", pid=1)
    Leadership(store, NAMES, elsewhere).beat(NOW)

    assert Leadership(store, NAMES).beat(NOW + SECOND) == []


def test_what_passes_came_to_is_kept_as_long_as_they_were_of_the_present_lead(store):
    first, second = Leadership(store, NAMES), Leadership(store, NAMES)
    (late, scheduler) = first.beat(NOW)
    store.note_passes([Passed(late, NOW, 5, None), Passed(scheduler, NOW, 7, "no")])
    second.beat(NOW + TERM)
    store.note_passes([Passed(late, NOW + TERM, 9, "too late")])

    told = {lease.name: lease for lease in store.read_services()}

    assert (told["late_runs"].last_pass, told["late_runs"].last_duration, told["late_runs"].last_error) == (
        NOW,
        5,
        None,
    )
    assert told["scheduler"].last_error == "no"
    assert shown(told["scheduler"].holder).startswith("process ")


def test_f19_of_replicas_that_ask_at_once_one_leads(replicas):
    _, another = replicas
    ready, led = Barrier(4), []

    def ask(opened):
        one = Leadership(opened, NAMES)
        ready.wait()
        led.append(one.beat(NOW))

    threads = [Thread(target=ask, args=(another(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    everything = [lead for leads in led for lead in leads]
    assert sorted(lead.service for lead in everything) == NAMES
