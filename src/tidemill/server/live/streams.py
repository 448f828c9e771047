"""Server-sent events: one stream for all topics, which goes on where it was cut off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import msgspec

from tidemill.domain.events import FLOW_RUN, RESOURCE_ID, TASK_RUN
from tidemill.server.live.feeds import happens
from tidemill.store.event_matching import matches
from tidemill.wire.base import MOST
from tidemill.wire.filters import LogFilter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator

    from tidemill.domain.permissions import Actor
    from tidemill.server.live.feeds import Feeds
    from tidemill.wire.events import EventFilter, ReceivedEvent
    from tidemill.wire.logs import Log

TOPICS: Final = frozenset({"flow-runs", "task-runs", "events", "logs"})
#: A comment goes out at least so often, so that whoever stands between does not take the stream for dead.
HEARTBEAT_SECONDS: Final = 5.0
_HEARTBEAT: Final = b": still here\n\n"
_BEGIN: Final = b"retry: 1000\n\n"
_POSITION: Final = re.compile(r"(\d{1,19})(?:\.(\d{1,19}))?")
_PIECE_BYTES: Final = 1 << 16
_encode: Final = msgspec.json.Encoder().encode


class Position(NamedTuple):
    """How far a stream is: in events, in log lines. It is the id of each message, as ``12.34``."""

    events: int
    logs: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what is none."""
        found = _POSITION.fullmatch(text)
        if found is None or int(found[1]) > MOST or int(found[2] or 0) > MOST:
            raise ValueError(f"expected the id of a message, as '12.34', got {text[:64]!r}")
        return cls(int(found[1]), int(found[2] or 0))

    def __str__(self) -> str:
        return f"{self.events}.{self.logs}"


class Wanted(NamedTuple):
    """What a stream is about, from where on (None is from now on), and who follows it."""

    topics: frozenset[str]
    flow_run_id: str | None
    filter: EventFilter
    position: Position | None
    actor: Actor


async def stream(wanted: Wanted, feeds: Feeds) -> AsyncGenerator[bytes, None]:
    """Messages as bytes, until the server stops; whoever reads them may stop at any moment."""
    position = wanted.position
    if position is None:
        position = Position(*await feeds.ends())
    lines = _lines_filter(wanted)
    yield _BEGIN + _reached(position)
    while not feeds.growth.closed:
        grown = feeds.growth.next()
        parts: list[bytes] = []
        some = False
        if wanted.topics - {"logs"}:
            page, after = await feeds.events(position.events)
            some = bool(page)
            for seq, event in page:
                before, position = position, position._replace(events=seq)
                parts += _messages_of(event, before, position, wanted)
            position = position._replace(events=after)
        if "logs" in wanted.topics:
            found, after = await feeds.logs(position.logs, lines)
            some = some or bool(found)
            for seq, line in found:
                position = position._replace(logs=seq)
                parts.append(_message("logs", position, line))
            position = position._replace(logs=after)
        if some and not parts:  # much that is for others: who is cut off now does not begin before it
            parts.append(_reached(position))
        for piece in _together(parts):
            yield piece
        if not some and not await happens(grown, min(HEARTBEAT_SECONDS, feeds.patience)):
            yield _HEARTBEAT


def _together(parts: Iterable[bytes]) -> Iterator[bytes]:
    """As few pieces as may be, none of them so large that it waits long in the server for a slow reader."""
    piece = bytearray()
    for part in parts:
        if piece and len(piece) + len(part) > _PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
        piece += part
    if piece:
        yield bytes(piece)


def _reached(position: Position) -> bytes:
    return f"id: {position}\n\n".encode()


def _messages_of(event: ReceivedEvent, before: Position, behind: Position, wanted: Wanted) -> list[bytes]:
    """One for each topic it belongs to. Only with the last of them the event is behind: who is cut off between two has
    the first again, and misses none."""
    topics = _topics_of(event, wanted)
    return [_message(topic, behind if topic == topics[-1] else before, event) for topic in topics]


def _message(topic: str, position: Position, thing: ReceivedEvent | Log) -> bytes:
    return f"id: {position}\nevent: {topic}\ndata: ".encode() + _encode(thing) + b"\n\n"


def _topics_of(event: ReceivedEvent, wanted: Wanted) -> list[str]:
    found = []
    if _is_wanted_run(event, wanted):
        if "flow-runs" in wanted.topics and event.event.startswith(FLOW_RUN):
            found.append("flow-runs")
        if "task-runs" in wanted.topics and event.event.startswith(TASK_RUN):
            found.append("task-runs")
    if "events" in wanted.topics and _is_wanted_run(event, wanted) and matches(event, wanted.filter):
        found.append("events")
    return found


def _is_wanted_run(event: ReceivedEvent, wanted: Wanted) -> bool:
    if wanted.flow_run_id is None:
        return True
    run = FLOW_RUN + wanted.flow_run_id
    return any(one.get(RESOURCE_ID) == run for one in (event.resource, *event.related))


def _lines_filter(wanted: Wanted) -> LogFilter | None:
    if wanted.flow_run_id is None:
        return None
    asked: dict[str, Any] = {"flow_run_id": {"any_": [wanted.flow_run_id]}}
    return msgspec.convert(asked, LogFilter)
