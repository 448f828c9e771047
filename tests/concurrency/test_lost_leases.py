"""Leases of slots, which are renewed while a block runs, may be lost, and are taken again."""

from __future__ import annotations

import asyncio
from threading import Event, Thread

import pytest

from tidemill.concurrency import asyncio as limits_async
from tidemill.concurrency.sync import (
    ConcurrencySlotAcquisitionError,
    concurrency,
)
from tidemill.engine.runtime import runtime


def test_a_lost_lease_is_warned_of_and_an_error_if_wished(limit, home, caplog):
    limit("db", 1)
    desk = runtime().slots

    def lose():
        (lease,) = desk._held.values()
        home.store.release_slots(lease.id)
        home.store.update_limit("db", home.clock.now_us(), limit=0)
        desk._renew(lease)

    with concurrency("db"):
        lose()
    home.store.update_limit("db", home.clock.now_us(), limit=1)
    with pytest.raises(ConcurrencySlotAcquisitionError, match="longer lease_duration"):
        with concurrency("db", raise_on_lease_renewal_failure=True):
            lose()

    assert "ran out before it could be renewed" in caplog.text


def test_a_lost_lease_ends_the_block_that_asked_for_it(limit, home):
    limit("db", 1)
    desk = runtime().slots

    def lose(lease):
        home.store.release_slots(lease.id)
        home.store.update_limit("db", home.clock.now_us(), limit=0)
        desk._renew(lease)

    def work_on():
        with concurrency("db", strict=True):
            Thread(target=lose, args=desk._held.values()).start()
            while True:
                pass

    with pytest.raises(ConcurrencySlotAcquisitionError, match="ran out"):
        work_on()


def test_a_lost_lease_cancels_the_block_that_asked_for_it(limit, home):
    limit("db", 1)
    desk = runtime().slots

    async def block():
        async with limits_async.concurrency("db", strict=True):
            (lease,) = desk._held.values()
            home.store.release_slots(lease.id)
            home.store.update_limit("db", home.clock.now_us(), limit=0)
            desk._renew(lease)
            await asyncio.Event().wait()

    with pytest.raises(ConcurrencySlotAcquisitionError, match="ran out"):
        asyncio.run(block())


def test_a_lease_that_ran_out_is_taken_again_while_there_is_room(limit, home, taken, caplog):
    limit("db", 1)
    desk = runtime().slots

    with concurrency("db"):
        (lease,) = desk._held.values()
        home.store.release_slots(lease.id)
        desk._renew(lease)
        inside = taken("db")

    assert (inside, taken("db"), caplog.text) == (1, 0, "")


def test_leases_are_renewed_in_the_background(limit, home):
    limit("db", 1)
    renewed = Event()
    desk = runtime().slots
    renew = desk._renewal._renew

    def seen(lease):
        answer = renew(lease)
        renewed.set()
        return answer

    desk._renewal._renew = seen
    with concurrency("db", lease_duration=0.03):
        assert renewed.wait(20)
