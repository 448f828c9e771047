"""An answer that goes on: parts as they come, each when those before have been taken."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from tidemill.server.live.streaming import HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from tidemill.server.http.heads import Header


class StreamedAnswer:
    """On its way out, in chunks. Its connection serves nothing else afterwards."""

    HEADERS: ClassVar[Sequence[Header]] = (*HEADERS, (b"transfer-encoding", b"chunked"))

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.WriteTransport,
        head: bytes,
        parts: AsyncGenerator[bytes, None],
    ) -> None:
        self._transport = transport
        self._may_write = asyncio.Event()
        self._may_write.set()
        self.task = loop.create_task(self._send(head, parts))

    async def _send(self, head: bytes, parts: AsyncGenerator[bytes, None]) -> None:
        self._transport.write(head)
        async with aclosing(parts) as following:
            async for part in following:
                if part:
                    self._transport.write(b"%x\r\n%b\r\n" % (len(part), part))
                await self._may_write.wait()
        self._transport.write(b"0\r\n\r\n")

    def pause(self) -> None:
        """They do not take what is sent."""
        self._may_write.clear()

    def resume(self) -> None:
        """They do again."""
        self._may_write.set()

    def cancel(self) -> None:
        """Nobody listens any more."""
        self.task.cancel()
