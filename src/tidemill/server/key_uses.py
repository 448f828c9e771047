"""When keys were last used, written down now and then: ``tidemill auth key ls`` shows it."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from tidemill.server.live.feeds import happens
from tidemill.store.errors import StoreError

if TYPE_CHECKING:
    from tidemill.server.auth.key_book import KeyBook
    from tidemill.server.work import Work
    from tidemill.store.store import Store

logger = logging.getLogger("tidemill.server")

#: What a listing shows is to the minute.
_EVERY_SECONDS: Final = 60.0


class KeyUses:
    """Hands on what a server's key book notes. Each process does so by itself, since each has a book of its own."""

    def __init__(self, keys: KeyBook, store: Store, work: Work, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self._keys, self._store, self._work = keys, store, work
        self._every_seconds = every_seconds
        self._over = asyncio.Event()
        self._task = asyncio.create_task(self._write_again_and_again())

    async def stop(self) -> None:
        """Write down what was noted since, and end."""
        self._over.set()
        await self._task

    async def _write_again_and_again(self) -> None:
        while not await happens(self._over, self._every_seconds):
            await self._write()
        await self._write()

    async def _write(self) -> None:
        uses = self._keys.take_uses()
        if not uses:
            return
        try:
            await self._work.write(partial(self._store.note_api_key_uses, uses))
        except StoreError as error:
            logger.info("When keys were last used is written down later, at their next use: %s", error)
