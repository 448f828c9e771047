"""When a key was last used is in the store, for who lists keys."""

from __future__ import annotations

import asyncio

from tests.server.auth.asking import KEY, key_row
from tests.server.client import Client
from tidemill.server.auth.key_book import KeyBook
from tidemill.server.key_uses import KeyUses
from tidemill.server.work import Work
from tidemill.system.clock import JumpingClock

NOW = 1_700_000_000_000_000


def test_a_server_that_ends_has_written_down_who_came(store):
    store.put_api_key(key_row())
    client = Client(store)
    assert client.post("/api/flows/count", authorization=f"Bearer {KEY.text()}").status == 200
    now = client.clock.now_us()
    client.close()

    assert store.api_key(KEY.id).last_used_us == now


def test_so_has_one_that_goes_on_after_a_while(store):
    store.put_api_key(key_row())

    async def used():
        written = asyncio.Event()
        work, book = Work(store, JumpingClock(), written.set), KeyBook(store)
        uses = KeyUses(book, store, work, every_seconds=0)
        book.note_use(KEY.id, NOW)
        await asyncio.wait_for(written.wait(), 30)
        found = store.api_key(KEY.id).last_used_us
        await uses.stop()
        await asyncio.to_thread(work.close)
        return found

    assert asyncio.run(used()) == NOW
