"""Following what happens: one stream of messages, which goes on where it broke off."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from tidemill.api.client.client import target_of
from tidemill.api.operations.live import FOLLOW
from tidemill.api.remote.refusals import ServerAwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tidemill.api.client.client import Client
    from tidemill.api.operations.live import FollowQuery
    from tidemill.system.clock import Clock

_FIRST_WAIT_SECONDS: Final = 0.2
_LONGEST_WAIT_SECONDS: Final = 10.0


class Message(NamedTuple):
    """Something that happened. ``data`` is JSON; ``id`` says where to go on."""

    id: str
    topic: str
    data: bytes


def follow(
    client: Client,
    wanted: FollowQuery,
    *,
    clock: Clock,
    begun: Callable[[], None] = lambda: None,
    over: Callable[[], bool] = lambda: False,
    away: Callable[[ServerAwayError], None] = lambda _: None,
) -> Iterator[Message]:
    """What happens from now on, or from ``last_event_id`` on, as it happens; each message once, none left out.

    ``begun`` is called when nothing that happens from then on is missed. While the server is away it is asked again and
    again; ``away`` is told each time. ``over`` is asked with every sign of life from the server, and ends it. Raises
    ServerAwayError where the server is away from the beginning, RefusedError for what it does not grant.
    """
    last, target = wanted.last_event_id, target_of(FOLLOW, {}, msgspec.structs.replace(wanted, last_event_id=None))
    wait, has_begun = _FIRST_WAIT_SECONDS, False
    while not over():
        position = {} if last is None else {"last-event-id": last}
        try:
            with closing(client.transport.stream(target, {"accept": "text/event-stream", **position})) as parts:
                for fields in _messages(parts):
                    if over():
                        return
                    wait, last = _FIRST_WAIT_SECONDS, fields.get("id", last)
                    if not has_begun:
                        has_begun = True
                        begun()
                    if "data" in fields:
                        yield Message(fields["id"], fields["event"], fields["data"].encode())
        except ServerAwayError as error:
            if not has_begun:
                raise
            away(error)
        clock.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT_SECONDS)


def _messages(parts: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """The fields of each message; none in what is only a sign of life."""
    left = b""
    for part in parts:
        *blocks, left = (left + part).split(b"\n\n")
        for block in blocks:
            lines = (line for line in block.decode().split("\n") if not line.startswith(":"))
            yield dict(line.split(": ", 1) for line in lines)
