"""A WebSocket, and the first words that are exchanged over it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar

import msgspec

from tidemill.domain.names import storable_json
from tidemill.domain.permissions import NOBODY
from tidemill.server.auth.facts import facts_of
from tidemill.server.auth.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, MutableMapping

    from tidemill.domain.permissions import Actor, Needed
    from tidemill.server.gate import Gate

F = TypeVar("F")

#: The subprotocol of clients that say who they are before anything else.
SUBPROTOCOL: Final = "prefect"

PROTOCOL_ERROR: Final = 1002
POLICY: Final = 1008
BROKEN: Final = 1011
RESTARTING: Final = 1012
TRY_LATER: Final = 1013
#: Who connects says who they are within so many seconds.
HELLO_SECONDS: Final = 30.0
#: The extension of a scope that is called with how many more messages are done with; at first, from which one on.
HOLDING: Final = "tidemill.holding"
#: The most that a reason may have, in bytes.
_LONGEST_REASON: Final = 120

_AUTH_SUCCESS: Final = b'{"type":"auth_success"}'


class Gone(Exception):  # noqa: N818 - no error: the peer left, or was sent away
    """The socket is closed."""


class Socket:
    """One connection. Texts go out as JSON bytes; what comes in is cleaned of what nobody can store."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        #: Who speaks; nobody before they said so.
        self.actor = NOBODY
        self._may_stay: Callable[[], Awaitable[bool]] | None = None

    async def accept(self, subprotocol: str | None) -> None:
        """Let the peer in. Raises Gone."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise Gone
        await self._tell({"type": "websocket.accept", "subprotocol": subprotocol})

    async def refuse(self) -> NoReturn:
        """Not even accept it. Raises Gone."""
        await self._receive()
        await self.close(POLICY, "")

    def let_in(self, actor: Actor, may_stay: Callable[[], Awaitable[bool]]) -> None:
        """Know who speaks. When they may not stay any more, nothing is heard from them, and nothing told."""
        self.actor, self._may_stay = actor, may_stay

    async def receive(self) -> bytes:
        """The next message. Raises Gone when there is none any more."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        await self._check_stay()
        raw = message.get("bytes")
        return storable_json(message["text"].encode("utf-8", "surrogatepass") if raw is None else raw)

    def done_with(self, messages: int) -> None:
        """So many more of those received are safe. From the first call on a pong means that all before its ping is."""
        holding = self.scope.get("extensions", {}).get(HOLDING)
        if holding is not None:  # servers of others answer pings as they like
            holding(messages)

    async def send(self, raw: bytes) -> None:
        """Send JSON; returns when the peer's side has room for more. Raises Gone."""
        await self._check_stay()
        await self._tell({"type": "websocket.send", "text": raw.decode()})

    async def _tell(self, message: dict[str, Any]) -> None:
        try:
            await self._send(message)
        except OSError as error:  # how servers say that the peer left
            raise Gone from error

    async def _check_stay(self) -> None:
        if self._may_stay is not None and not await self._may_stay():
            await self.close(POLICY, "the API key that opened this is not accepted any more")

    async def until_it_leaves(
        self, talk: Coroutine[Any, Any, None], hear: Callable[[bytes], Awaitable[None]] | None = None
    ) -> None:
        """Talk to a peer, and stop when it leaves, even while there is nothing to send.

        ``hear`` is given what it says meanwhile, one thing after the other; without it, that is passed over.
        """
        talking = asyncio.create_task(talk)
        leaving = asyncio.create_task(self._leave(hear))
        try:
            await asyncio.wait((talking, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not talking.done():
                talking.cancel()
            with suppress(asyncio.CancelledError, Gone):
                await talking
            with suppress(asyncio.CancelledError):
                await leaving
        raise Gone

    async def _leave(self, hear: Callable[[bytes], Awaitable[None]] | None) -> None:
        with suppress(Gone):
            while True:
                said = await self.receive()
                if hear is not None:
                    await hear(said)

    async def close(self, code: int, reason: str) -> NoReturn:
        """Say farewell, and why. Raises Gone, so that whoever talks stops."""
        short = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        with suppress(OSError, RuntimeError):  # it is closed already
            await self._send({"type": "websocket.close", "code": code, "reason": short})
        raise Gone


def _in_words(refused: Refusal) -> str:
    return refused.message


class Entrance(NamedTuple):
    """How peers come in to a conversation.

    ``must_say``: those are refused who have no way to say who they are. ``reason`` is what those read who may not.
    """

    needed: Needed
    must_say: bool = False
    reason: Callable[[Refusal], str] = _in_words


async def shake_hands(socket: Socket, gate: Gate, entrance: Entrance) -> None:
    """Accept it, and hear who it is. Raises Gone for who may not go on."""
    peer = (socket.scope.get("client") or (None,))[0]
    facts = facts_of("GET", socket.scope["headers"], peer, websocket=True)
    if gate.refuses_at_the_door(facts):
        await socket.refuse()
    if SUBPROTOCOL in socket.scope.get("subprotocols", ()):
        await socket.accept(SUBPROTOCOL)
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                first = read(await socket.receive())
        except TimeoutError:
            await socket.close(POLICY, f"Expected 'auth' message within {HELLO_SECONDS:g} seconds")
        if first.get("type") != "auth":
            await socket.close(POLICY, "Expected 'auth' message")
        token, code, answer = first.get("token"), POLICY, _AUTH_SUCCESS
    elif entrance.must_say:
        await socket.refuse()
    else:
        await socket.accept(None)
        token, code, answer = None, PROTOCOL_ERROR, None
    actor = await gate.decide_socket(entrance.needed, facts, token)
    if isinstance(actor, Refusal):
        await socket.close(code, entrance.reason(actor))
    socket.let_in(actor, partial(gate.holds, actor))
    if answer is not None:
        await socket.send(answer)


def read(raw: bytes) -> dict[str, Any]:
    """A message as an object; an empty one for what is none."""
    try:
        message = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


async def filter_from(socket: Socket, kind: type[F]) -> tuple[F, dict[str, Any]]:
    """The filter that a peer begins with, and the message that it came in; who says anything else is sent away."""
    message = read(await socket.receive())
    if message.get("type") != "filter":
        await socket.close(PROTOCOL_ERROR, "Expected 'filter' message")
    try:
        return msgspec.convert(message.get("filter"), kind), message
    except msgspec.ValidationError as error:
        await socket.close(PROTOCOL_ERROR, f"Invalid filter: {error}")
