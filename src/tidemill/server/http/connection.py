"""One connection that speaks HTTP/1.1, or becomes a WebSocket.

One request after the other, each answered in one write. Of requests that are sent ahead no more is read than came at
once, and whoever is silent too long is hung up on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from tidemill.server.calls import Answer
from tidemill.server.front import Head
from tidemill.server.http.heads import ALWAYS, Header, head_bytes, headers_of, plain_head_bytes
from tidemill.server.http.reader import RequestReader
from tidemill.server.http.requests import Request
from tidemill.server.http.streaming import StreamedAnswer
from tidemill.server.messages import refused
from tidemill.server.refusals import Refusal

if TYPE_CHECKING:
    import uvicorn
    from uvicorn.server import ServerState

    from tidemill.server.app import App
    from tidemill.server.front import Admitted

logger = logging.getLogger("tidemill.server")

#: A head that has begun comes to its end, a body goes on, and an answer is taken, within so many seconds.
_PATIENCE_SECONDS: Final = 60.0
#: Who said what nothing can be made of may go on so long, unheard.
_FAREWELL_SECONDS: Final = 2.0
_NOBODY: Final = Head("GET", "/", b"", (), None)


class Connection(asyncio.Protocol):
    """Made for each connection, with the arguments that ``uvicorn`` gives to what it is configured with as ``http``."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        app: Any = config.app
        self._app: App = app
        self._config = config
        self._server = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # comes before anything else
        self._reader = RequestReader(self._begun, self._go_on, sockets=config.ws_protocol_class is not None)
        self._requests: deque[Request] = deque()
        self._going_on = False
        self._write_paused = False
        self._over = False
        self._deaf = False
        self._stream: StreamedAnswer | None = None
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(config.timeout_keep_alive, self._look)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came."""
        self._transport = transport  # type: ignore[assignment]  # a stream's
        self._server.connections.add(self)  # type: ignore[arg-type]  # whatever has these methods
        name = transport.get_extra_info("peername")
        self._reader.peer = name[0] if isinstance(name, tuple) else None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """They are gone."""
        self._server.connections.discard(self)
        self._over = True
        self._requests.clear()
        self._timer.cancel()
        if self._stream is not None:
            self._stream.cancel()

    def data_received(self, data: bytes) -> None:
        """They said something."""
        if self._over or self._deaf:
            return
        if not self._reader.in_a_head:  # a head that has begun has its time as a whole
            self._heard = self._loop.time()
        try:
            socket_head = self._reader.read(data)
        except Refusal as refusal:
            self._refuse_the_rest(refusal)
        else:
            if socket_head is not None:
                self._become_socket(socket_head)

    def eof_received(self) -> bool:
        """They say no more, and may listen still: what they asked for is answered before they are hung up on."""
        if self._over or self._stream is not None or not self._requests:
            return False
        if self._requests[-1].complete:
            self._requests[-1].keep_alive = False
        else:
            self._refuse_the_rest(Refusal(400, "The request broke off"))
        return True

    def pause_writing(self) -> None:
        """They do not take what is sent."""
        self._write_paused = True
        self._heard = self._loop.time()
        if self._stream is not None:
            self._stream.pause()

    def resume_writing(self) -> None:
        """They do again."""
        self._write_paused = False
        if self._stream is not None:
            self._stream.resume()
        self._go_on()

    def shutdown(self) -> None:
        """The server stops: what is under way is answered, and nothing else. What has not come whole is not begun."""
        if self._stream is not None:
            self._stream.cancel()
        for request in self._requests:
            request.keep_alive = False
        if self._stream is not None or not any(request.running for request in self._requests):
            self._close()

    def _begun(self, request: Request) -> None:
        self._heard = self._loop.time()
        self._requests.append(request)
        if len(self._requests) == 1:
            self._go_on()
        else:
            self._transport.pause_reading()

    def _go_on(self) -> None:
        """With the first request that is not answered, as far as it can go."""
        if self._going_on:
            return
        self._going_on = True
        try:
            while self._may_go_on() and self._goes_on(self._requests[0]):
                pass
        finally:
            self._going_on = False

    def _may_go_on(self) -> bool:
        return bool(self._requests) and not self._over and not self._write_paused

    def _goes_on(self, request: Request) -> bool:
        """Whether there is more to do after this step."""
        if request.answered:
            return request.complete and self._stream is None and self._leave(request)
        if request.running:
            return False
        if request.admitted is None and request.refused is None:
            return self._admits(request)
        if request.refused is not None:
            self._answer(request, request.refused)
            return True
        if request.complete and request.admitted is not None:
            request.running = True
            self._app.run(request.admitted, b"".join(request.body), partial(self._answer, request))
        return False

    def _admits(self, request: Request) -> bool:
        said = self._app.admit(request.head, partial(self._looked_up, request))
        if said is None:  # nothing more of its body is wanted before it is known how large that may be
            request.running = True
            self._transport.pause_reading()
            return False
        self._decided(request, said)
        return True

    def _looked_up(self, request: Request, said: Admitted | Answer) -> None:
        if self._over:
            return
        request.running = False
        self._heard = self._loop.time()
        self._decided(request, said)
        if len(self._requests) == 1:
            self._transport.resume_reading()
        self._go_on()

    def _decided(self, request: Request, said: Admitted | Answer) -> None:
        if isinstance(said, Answer):
            request.refuse(said)
            return
        request.let_in(said)
        if request.expects_continue and not request.complete and request.refused is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _leave(self, request: Request) -> bool:
        """It is answered, and nothing more comes of it."""
        self._requests.popleft()
        if not request.keep_alive:
            self._close()
            return False
        if len(self._requests) <= 1:
            self._transport.resume_reading()
        return True

    def _answer(self, request: Request, answer: Answer) -> None:
        if self._over:
            return
        request.answered = True
        self._heard = self._loop.time()
        beside = self._app.front.beside(request.head)
        if answer.stream is not None and request.head.method != "HEAD":
            head = self._head_bytes(200, [*ALWAYS, *StreamedAnswer.HEADERS, *beside], keep_alive=True)
            self._stream = StreamedAnswer(self._loop, self._transport, head, self._app.follow(answer.stream))
            self._server.tasks.add(self._stream.task)
            self._stream.task.add_done_callback(self._stream_over)
            return
        self._transport.write(self._written(request, answer, beside))
        self._go_on()

    def _written(self, request: Request, answer: Answer, beside: list[Header]) -> bytes:
        raw, status = answer.raw or b"", answer.status or 200
        try:
            if raw and not beside and not answer.headers and answer.content_type == "application/json":
                head = plain_head_bytes(status, len(raw)) + self._common(keep_alive=request.keep_alive)
            else:
                head = self._head_bytes(status, [*headers_of(answer), *beside], keep_alive=request.keep_alive)
        except ValueError:
            logger.exception("The answer to %s %s could not be sent", request.head.method, request.head.path)
            return self._written(request, refused(Refusal(500, "The answer could not be sent")), [])
        return head if request.head.method == "HEAD" else head + raw

    def _head_bytes(self, status: int, headers: list[Header], *, keep_alive: bool) -> bytes:
        return head_bytes(status, headers) + self._common(keep_alive=keep_alive)

    def _common(self, *, keep_alive: bool) -> bytes:
        """The rest of a head: what the server says each second, and the end."""
        said = [b"%b: %b\r\n" % header for header in self._server.default_headers]
        return b"".join(said) + (b"\r\n" if keep_alive else b"connection: close\r\n\r\n")

    def _stream_over(self, task: asyncio.Task[None]) -> None:
        self._server.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A stream broke off", exc_info=error)
        self._close()

    def _refuse_the_rest(self, refusal: Refusal) -> None:
        """Nothing can be made of what came now; what came before is answered as ever."""
        self._deaf = True
        if not self._requests or self._requests[-1].complete:
            self._requests.append(Request(_NOBODY, keep_alive=False))
        last = self._requests[-1]
        last.keep_alive, last.complete = False, True
        last.refuse(refused(refusal))
        self._go_on()

    def _look(self) -> None:
        """Now and then: is anybody there?"""
        at_work = bool(self._requests) and (self._requests[0].running or self._stream is not None)
        if self._write_paused or ((self._requests or self._reader.in_a_head) and not at_work):
            limit = _PATIENCE_SECONDS
        else:
            limit = self._config.timeout_keep_alive
        left = self._heard + limit - self._loop.time()
        if left <= 0 and (self._write_paused or not at_work):
            self._close(at_once=self._write_paused)
        else:
            self._timer = self._loop.call_later(max(left, 1.0), self._look)

    def _close(self, *, at_once: bool = False) -> None:
        if self._over:
            return
        self._over = True
        self._timer.cancel()
        if at_once:
            self._transport.abort()
        elif self._deaf and self._transport.can_write_eof():
            # to close with something unread would take back what was answered
            self._transport.write_eof()
            self._timer = self._loop.call_later(_FAREWELL_SECONDS, self._hang_up)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        """When all is taken that was sent; who takes nothing is not waited for."""
        self._transport.close()
        self._timer = self._loop.call_later(_PATIENCE_SECONDS, self._transport.abort)

    def _become_socket(self, head: bytes) -> None:
        if self._requests:
            self._refuse_the_rest(
                Refusal(400, "Who has asked for something else waits for it before asking for a WebSocket")
            )
            return
        make: Any = self._config.ws_protocol_class
        socket = make(config=self._config, server_state=self._server, app_state=self._app_state)
        socket.connection_made(self._transport)
        socket.data_received(head)
        if not socket.handshake_initiated:  # its own parser made nothing of this head, and would say nothing for ever
            self._server.connections.discard(socket)
            self._refuse_the_rest(Refusal(400, "This is not a request for a WebSocket as HTTP/1.1 has it"))
            return
        self._timer.cancel()
        self._server.connections.discard(self)
        self._transport.set_protocol(socket)
