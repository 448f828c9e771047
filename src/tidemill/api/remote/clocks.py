"""Two clocks, ours and the server's. What is sent is by the server's clock, and what is read is by ours.

So a run's times agree with one another whoever tells them: its process, the server that decides about it, a process on
another machine that goes on with it. How far the clocks are apart is asked before anything is sent. Clocks that agree
within a second are left alone: to ask how late it is takes time itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.entries import ENTRY_TYPES
from tidemill.domain.states import StateDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.system.clock import Clock

#: What a server says its clock shows, in microseconds since 1970.
SHOWS: Final = "Tidemill-Time"
_TOLERATED_US: Final = 1_000_000
#: What ends as moments do, and is none.
_LENGTHS: Final = frozenset({"run_time_us", "total_run_time_us"})
_DETAILS: Final = frozenset({"details", "state_details"})
_MOMENTS_IN_DETAILS: Final = frozenset(
    {name for name, kind in StateDetails.__annotations__.items() if "datetime" in str(kind)} | {"scheduled_us"}
)
_encode: Final = msgspec.json.Encoder().encode
_take_apart: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Clocks:
    """How far the server's clock is ahead of ours, in microseconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set_at: int | None = None
        self.ahead_us = 0

    @property
    def must_compare(self) -> bool:
        """Whether nobody asked the server yet, or our clock was set since."""
        return self._set_at is None or abs(self._begin() - self._set_at) > _TOLERATED_US

    def compare(self, before_us: int, after_us: int, shown: str | None) -> None:
        """The server was asked and answered between these moments of ours; None: it does not say how late it is."""
        self._set_at = self._begin()
        if shown is None or not shown.isdecimal():
            return
        ahead = int(shown) - (before_us + after_us) // 2
        if abs(ahead - self.ahead_us) > _TOLERATED_US + after_us - before_us:
            self.ahead_us = ahead

    def _begin(self) -> int:
        """When our clock, as it is set now, showed the beginning of the one that nobody sets."""
        return self._clock.now_us() - round(self._clock.monotonic() * 1_000_000)


def moved(value: Any, by_us: int) -> Any:
    """A value of the store with all its moments so much later."""
    if not by_us:
        return value
    if isinstance(value, datetime):
        return _later(value, by_us)
    if isinstance(value, list):
        return [moved(one, by_us) for one in value]
    if isinstance(value, msgspec.Struct):
        fields = {name: moved_field(name, getattr(value, name), by_us) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    return value


def moved_field(name: str, value: Any, by_us: int) -> Any:
    """The same of what has a name, by which numbers are known that are moments."""
    if name in _DETAILS and isinstance(value, dict):
        return {key: _moved_detail(key, said, by_us) for key, said in value.items()}
    if isinstance(value, int) and is_moment(name):
        return value + by_us
    return moved(value, by_us)


def is_moment(name: str) -> bool:
    """Whether a number of this name is microseconds since 1970."""
    return (name.endswith("_us") or name in ("now", "lease_until")) and name not in _LENGTHS


def moved_entries(payloads: Sequence[tuple[int, bytes]], by_us: int) -> Sequence[tuple[int, bytes]]:
    """Entries of a journal with all their moments so much later; what else they say stays as it was written."""
    return [(kind, _moved_entry(kind, entry, by_us)) for kind, entry in payloads] if by_us else payloads


def _moved_detail(name: str, said: Any, by_us: int) -> Any:
    if name not in _MOMENTS_IN_DETAILS:
        return said
    if isinstance(said, str):
        return msgspec.to_builtins(_later(datetime.fromisoformat(said), by_us))
    return said + by_us if isinstance(said, int) else moved(said, by_us)


def _moved_entry(kind: int, entry: bytes, by_us: int) -> bytes:
    parts = _take_apart(entry)
    for place, name in _places(kind):
        if place < len(parts) and (said := msgspec.json.decode(parts[place])) is not None:
            parts[place] = msgspec.Raw(_encode(moved_field(name, said, by_us)))
    return _encode(parts)


@cache
def _places(kind: int) -> Sequence[tuple[int, str]]:
    names = ENTRY_TYPES[kind].__struct_fields__
    return [(place, name) for place, name in enumerate(names) if name in _DETAILS or is_moment(name)]


def _later(moment: datetime, by_us: int) -> datetime:
    try:
        return moment + timedelta(microseconds=by_us)
    except OverflowError:  # the first or the last there is
        return moment
