"""``concurrency`` and ``rate_limit``, as threads and event loops use them."""

from __future__ import annotations

import asyncio
import logging
from threading import Thread

import pytest

from tests.concurrency.gauge import Gauge
from tidemill.concurrency import asyncio as limits_async
from tidemill.concurrency.context import ConcurrencyContext
from tidemill.concurrency.sync import (
    AcquireConcurrencySlotTimeoutError,
    ConcurrencySlotAcquisitionError,
    concurrency,
    rate_limit,
)
from tidemill.engine.runtime import runtime
from tidemill.exceptions import OptionError


def in_threads(number, work):
    threads = [Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_slots_are_held_while_the_block_runs(limit, taken):
    limit("db", 3)

    with concurrency("db", occupy=2):
        inside = taken("db")

    assert (inside, taken("db")) == (2, 0)


def test_slots_come_free_when_the_block_raises(limit, taken):
    limit("db", 1)

    with pytest.raises(KeyError), concurrency("db"):
        raise KeyError

    assert taken("db") == 0


def test_several_limits_are_had_together(limit, taken):
    limit("db", 1)
    limit("api", 1)

    with concurrency(["db", "api"]):
        assert (taken("db"), taken("api")) == (1, 1)

    assert (taken("db"), taken("api")) == (0, 0)


def test_never_more_than_the_limit_among_threads(limit, taken):
    limit("db", 2)
    gauge = Gauge()

    def work():
        for _ in range(5):
            with concurrency("db"), gauge:
                assert taken("db") <= 2

    in_threads(8, work)

    assert (gauge.most <= 2, gauge.times, taken("db")) == (True, 40, 0)


def test_those_who_wait_come_in_turn(limit):
    limit("db", 1)
    order = []
    desk = runtime().slots

    def wait(name):
        with concurrency("db"):
            order.append(name)

    threads = []
    with concurrency("db"):
        for name in "abc":
            before = desk.waiting("db")
            thread = Thread(target=wait, args=(name,))
            thread.start()
            threads.append(thread)
            while desk.waiting("db") == before:
                pass
    for thread in threads:
        thread.join()

    assert order == ["a", "b", "c"]


def test_a_time_out_names_the_limit_and_who_holds_it(limit, taken):
    limit("db", 1)

    with concurrency("db", holder={"type": "flow_run", "id": "f-1"}):
        with pytest.raises(AcquireConcurrencySlotTimeoutError, match=r"'db' .* flow_run:f-1 in process \d+") as caught:
            with concurrency("db", timeout_seconds=0.01):
                pass

    assert isinstance(caught.value, TimeoutError)
    assert taken("db") == 0


def test_retries_are_counted(limit):
    limit("db", 1)

    with concurrency("db"), pytest.raises(ConcurrencySlotAcquisitionError, match="after asking 3 times"):
        with concurrency("db", max_retries=2):
            pass


def test_a_missing_limit_is_warned_of(home, caplog):
    with caplog.at_level(logging.WARNING), concurrency("nowhere"):
        pass

    assert "no concurrency limit 'nowhere'" in caplog.text


def test_a_missing_limit_is_an_error_if_strict(home):
    with pytest.raises(ConcurrencySlotAcquisitionError, match="nowhere"), concurrency("nowhere", strict=True):
        pass


def test_an_inactive_limit_holds_nothing_back(limit, caplog):
    limit("off", 1, active=False)

    with concurrency("off"), concurrency("off"):
        pass

    assert caplog.text == ""


def test_more_slots_than_there_are_can_never_be_had(limit):
    limit("db", 2)

    with pytest.raises(ConcurrencySlotAcquisitionError, match="can never be had"), concurrency("db", occupy=3):
        pass


@pytest.mark.parametrize(
    "options",
    [
        {"occupy": 0},
        {"occupy": 1.5},
        {"occupy": "1"},
        {"occupy": None},
        {"lease_duration": 0},
        {"lease_duration": float("nan")},
        {"lease_duration": float("inf")},
        {"timeout_seconds": -1},
        {"timeout_seconds": "soon"},
        {"timeout_seconds": float("nan")},
        {"holder": "me"},
    ],
)
def test_options_are_checked(home, options):
    with pytest.raises(OptionError, match=next(iter(options))), concurrency("db", **options):
        pass


def test_no_names_ask_for_nothing(home):
    with concurrency([]):
        pass


def test_rates_are_limited(limit):
    limit("api", 1, decay=50.0)
    clock = runtime().clock
    begun = clock.monotonic()

    for _ in range(4):
        rate_limit("api")

    assert clock.monotonic() - begun >= 3 / 50 * 0.9


def test_a_limit_that_does_not_decay_is_no_rate_limit(limit):
    limit("db", 1)

    with pytest.raises(ConcurrencySlotAcquisitionError, match="do not decay"):
        rate_limit("db")


def test_tasks_of_an_event_loop_wait_without_holding_it_up(limit, taken):
    limit("db", 2)
    gauge = Gauge()

    async def work():
        async with limits_async.concurrency("db"):
            with gauge:
                await asyncio.sleep(0)

    async def everybody():
        await asyncio.gather(*(work() for _ in range(30)))

    asyncio.run(everybody())

    assert (gauge.most <= 2, gauge.times, taken("db")) == (True, 30, 0)


def test_a_cancelled_waiter_leaves_the_line_and_takes_nothing(limit, taken):
    limit("db", 1)

    async def wait():
        async with limits_async.concurrency("db"):
            pass

    async def cancelled():
        async with limits_async.concurrency("db"):
            waiters = [asyncio.create_task(wait()) for _ in range(5)]
            while runtime().slots.waiting("db") < 5:
                await asyncio.sleep(0)
            for waiter in waiters[:4]:
                waiter.cancel()
            await asyncio.gather(*waiters[:4], return_exceptions=True)
        await waiters[4]

    asyncio.run(cancelled())

    assert (taken("db"), runtime().slots.waiting("db")) == (0, 0)


def test_a_context_gives_back_what_is_left(limit, taken):
    limit("db", 1)

    with ConcurrencyContext() as context:
        left = concurrency("db")
        left.__enter__()
        assert len(context.cleanup_lease_ids) == 1

    assert taken("db") == 0
    left.__exit__(None, None, None)
