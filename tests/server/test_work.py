"""Groups are filled by who comes while they are at work, and nobody is waited for who does not come."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from tests.server.transactions import transactions_of
from tidemill.server.work import Work
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import JumpingClock


@pytest.fixture
def store():
    with SqliteStore.in_memory() as store:
        yield store


async def _with_company(work, then=lambda: None):
    """Something to write that is at work until something else was asked for, and that."""
    at_work, company = Event(), Event()

    def until_there_is_company():
        at_work.set()
        assert company.wait(30)
        then()
        return "first"

    first = work.write(until_there_is_company)
    await asyncio.to_thread(at_work.wait, 30)
    second = work.write(lambda: "second")
    await asyncio.sleep(0)  # the loop goes round once, and hands it over
    company.set()
    return await asyncio.gather(first, second)


def _at_work(store, what, clock=None):
    async def doing():
        work = Work(store, clock or JumpingClock())
        try:
            return await what(work)
        finally:
            work.close()

    return asyncio.run(doing())


def test_who_comes_while_a_group_is_at_work_belongs_to_it(store):
    began = transactions_of(store)

    assert _at_work(store, _with_company) == ["first", "second"]
    assert len(began) == 1


def test_a_group_that_has_been_at_work_for_long_lets_nobody_in(store):
    clock = JumpingClock()
    began = transactions_of(store)

    assert _at_work(store, lambda work: _with_company(work, lambda: clock.sleep(1.0)), clock) == ["first", "second"]
    assert len(began) == 2


def test_who_is_alone_after_a_larger_group_is_done_though_nobody_comes(store):
    async def alone_after_two(work):
        await _with_company(work)
        return [await work.write(lambda: "alone"), await work.write(lambda: "again")]

    began = transactions_of(store)

    assert _at_work(store, alone_after_two) == ["alone", "again"]
    assert len(began) == 3


def test_what_is_asked_of_a_server_that_stops_is_refused(store):
    async def too_late(work):
        work.close()
        with pytest.raises(RuntimeError, match="stopping"):
            await work.write(lambda: None)

    _at_work(store, too_late)
