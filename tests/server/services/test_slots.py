from tests.server.services.telling import HOUR, MINUTE, NOW, turn
from tests.store.conformance.story import an_id
from tidemill.domain.limits import ConcurrencyLimit, SlotRequest
from tidemill.domain.states import StateType, from_us
from tidemill.server.services.slots import Repossessor
from tidemill.settings import Settings


def limit(store, name, **more):
    moment = from_us(NOW)
    fields = {"limit": 2, "active_slots": 0, "created": moment, "updated": moment} | more
    store.create_limit(ConcurrencyLimit(id=an_id(name), name=name, **fields), NOW)


def take(store, name, holder, until):
    store.acquire_slots(
        SlotRequest(
            lease_id=an_id(f"{name} {holder}"), names=[name], slots=1, holder=holder, now=NOW, lease_until=until
        )
    )


def holders(store, name):
    """Whoever has a row, whether it counts or not."""
    return [held.holder for held in store.slot_holdings(name, 0)]


def test_slots_whose_lease_ran_out_are_given_back(store):
    limit(store, "one")
    take(store, "one", "gone", NOW + MINUTE)
    take(store, "one", "here", NOW + HOUR)

    Repossessor(Settings()).run_once(turn(store, NOW + MINUTE))

    assert holders(store, "one") == ["here"]


def test_slots_of_runs_that_are_over_are_given_back(store, told):
    limit(store, "one")
    over, at_work = told.flow_run("over"), told.flow_run("at work")
    take(store, "one", over, NOW + HOUR)
    take(store, "one", at_work, NOW + HOUR)
    told.proposes(over, StateType.COMPLETED)

    Repossessor(Settings()).run_once(turn(store, NOW + MINUTE))

    assert holders(store, "one") == [at_work]


def test_what_was_taken_of_a_rate_is_gone_at_its_rate_only(store, told):
    limit(store, "rate", slot_decay_per_second=0.001)
    over = told.flow_run("over")
    take(store, "rate", over, NOW + MINUTE)
    told.proposes(over, StateType.COMPLETED)

    Repossessor(Settings()).run_once(turn(store, NOW + 2 * MINUTE))

    assert holders(store, "rate") == [over]


def test_where_there_is_nothing_to_give_back_nothing_is_written(store):
    def refuse(_unit):
        raise AssertionError("nothing is to be written")

    from dataclasses import replace

    assert Repossessor(Settings()).run_once(replace(turn(store, NOW), write=refuse)) is None
