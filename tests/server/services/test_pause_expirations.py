from tests.server.services.telling import MINUTE, NOW, run_until_done, turn
from tidemill.domain.states import StateType, from_us
from tidemill.server.services import pause_expirations
from tidemill.server.services.pause_expirations import PauseExpirations
from tidemill.settings import Settings


def paused(told, name, until):
    run = told.flow_run(name)
    timeout = {} if until is None else {"pause_timeout": from_us(until)}
    assert told.proposes(run, StateType.PAUSED, pause_key="1", **timeout) == "ACCEPT"
    return run


def test_a_pause_that_nobody_ended_in_time_fails_the_run(store, told):
    over, waits, for_ever = (
        paused(told, "a", NOW + MINUTE), paused(told, "b", NOW + 2 * MINUTE), paused(told, "c", None)
    )  # fmt: skip

    again = PauseExpirations(Settings()).run_once(turn(store, NOW + MINUTE))

    assert [told.state_of(run) for run in (over, waits, for_ever)] == ["Failed", "Paused", "Paused"]
    assert again == NOW + 2 * MINUTE


def test_many_pauses_end_a_transaction_s_worth_at_a_time(store, told):
    runs = [paused(told, str(number), NOW + MINUTE) for number in range(pause_expirations._BATCH + 1)]

    passes = run_until_done(PauseExpirations(Settings()), store, NOW + MINUTE)

    assert passes == 2
    assert {told.state_of(run) for run in runs} == {"Failed"}


def test_a_failed_pause_cannot_be_resumed_afterwards(store, told):
    run = paused(told, "a", NOW + MINUTE)
    PauseExpirations(Settings()).run_once(turn(store, NOW + MINUTE))

    states = store.flow_run_states(run)

    assert states[-1].message == "The flow run was paused, and nobody resumed it in time"
    assert store.read_flow_run(run).end_time is not None
