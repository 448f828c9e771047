"""A WebSocket's bytes, where an answer may mean more than that something came.

Existing clients forget what they told when the pong to a ping comes that they sent behind it, and when their farewell
is answered. So whoever takes in what they tell holds such answers back until it is safe.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tidemill.server.live.sockets import HOLDING

if TYPE_CHECKING:
    from websockets.frames import Frame


class _Held(NamedTuple):
    """An answer, and how many messages came before what it answers."""

    behind: int
    answer: bytes
    farewell: bool


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """As uvicorn's, and answers wait for those conversations that say what they are done with."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._came = 0
        self._given = 0
        self._done: int | None = None
        self._held: deque[_Held] = deque()

    def handle_connect(self, event: Any) -> None:
        """Somebody wants to talk."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][HOLDING] = self._done_with  # type: ignore[assignment]  # of our own

    def send_receive_event_to_app(self) -> None:
        """A message is complete."""
        self._came += 1
        super().send_receive_event_to_app()

    async def receive(self) -> Any:
        """The next message, for the conversation."""
        message = await super().receive()
        self._given += message["type"] == "websocket.receive"
        return message

    def handle_ping(self) -> None:
        """They ask whether all that they sent came."""
        if self._must_wait:
            self._hold(farewell=False)
        else:
            super().handle_ping()

    def handle_close(self, event: Frame) -> None:
        """They leave; or they answer our own farewell."""
        if self.close_sent or not self._must_wait:
            super().handle_close(event)
            return
        assert self.conn.close_rcvd is not None
        code, reason = self.conn.close_rcvd.code, self.conn.close_rcvd.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.stop_keepalive()  # there is nobody to ping any more
        self._hold(farewell=True)

    def shutdown(self) -> None:
        """The server stops."""
        if not any(held.farewell for held in self._held):  # who left is answered when what they told is safe
            super().shutdown()

    @property
    def _must_wait(self) -> bool:
        return self._done is not None and self._done < self._came

    def _hold(self, *, farewell: bool) -> None:
        self._held.append(_Held(self._came, b"".join(self.conn.data_to_send()), farewell))

    def _done_with(self, more: int) -> None:
        self._done = (self._given if self._done is None else self._done) + more
        while self._held and self._held[0].behind <= self._done:
            held = self._held.popleft()
            if not self.transport.is_closing():
                self.transport.write(held.answer)
                if held.farewell:
                    self.transport.close()
