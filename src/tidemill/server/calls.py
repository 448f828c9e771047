"""What a handler is given, and what it may answer with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.domain.identity import uuid7
from tidemill.domain.permissions import NOBODY
from tidemill.server.refusals import not_valid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.api.operation import Operation
    from tidemill.domain.permissions import Actor
    from tidemill.encryption import KeyRing
    from tidemill.server.auth.setting_up import Guarded
    from tidemill.server.live.streams import Wanted
    from tidemill.settings import Settings
    from tidemill.store.store import Store


@dataclass(frozen=True)
class Keeping:
    """What a server keeps to itself: the guard before it, and the keys that secrets are sealed under."""

    guarded: Guarded
    ring: KeyRing


class Headers:
    """What a request's head says, by names in lower case."""

    __slots__ = ("_said",)

    def __init__(self, said: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._said = said

    def get(self, name: str) -> str | None:
        """The last of a name's values."""
        wanted, found = name.encode(), None
        for said, value in self._said:
            if said == wanted:
                found = value
        return None if found is None else found.decode("latin-1")


class Call(msgspec.Struct, frozen=True):
    """One request, past the guard: ``actor`` is who asks. ``now`` is microseconds since 1970 by the server's clock."""

    operation: Operation
    store: Store
    now: int
    settings: Settings
    prefix: str = "/api"
    headers: Headers = Headers()
    actor: Actor = NOBODY
    keeping: Keeping | None = None
    raw: bytes = b""

    @property
    def ring(self) -> KeyRing:
        """What secrets are sealed under."""
        assert self.keeping is not None
        return self.keeping.ring

    def sent(self) -> frozenset[str]:
        """The names of the body's fields that were sent, for bodies in which what is absent stays as it is."""
        return frozenset(msgspec.json.decode(self.raw, type=dict[str, msgspec.Raw]) if self.raw else ())

    def new_id(self) -> str:
        """An id for something that is made by this call."""
        return uuid7(self.now, os.urandom(10))

    def limit(self, asked: int | None) -> int:
        """How many to answer: what was asked for, at most and by default what the settings say."""
        most = self.settings.server.api.default_limit
        if asked is not None and asked > most:
            raise not_valid("body", f"expected at most {most}, got {asked}", "limit")
        return most if asked is None else asked


class Answer(msgspec.Struct, frozen=True):
    """A value with a status or headers of its own. ``raw`` bytes go out as they are, with the content type given.

    ``stream`` is answered by messages that go out as they come. ``again_within``: of an operation that waits, that the
    question is to be asked again, for so many seconds, before this is the answer. ``unfinished``: a part was done, in a
    transaction of its own, and it is to be asked for the next.
    """

    value: Any = None
    status: int | None = None
    headers: dict[str, str] = {}
    raw: bytes | None = None
    content_type: str = "application/json"
    stream: Wanted | None = None
    again_within: float | None = None
    unfinished: bool = False


def part(*, done: bool, value: Any = None) -> Answer:
    """The answer of a handler that does its work part by part, so that others have their turn in between.

    Each part is a transaction. Who is interrupted has done some of it, and may be asked again.
    """
    return Answer(value, unfinished=not done)
