"""The time over which a rule counts events: how it opens, counts, fires and closes.

A reactive rule fires as soon as enough events are there, and not again before its window is over. A proactive one fires
at the end of a window in which too few came; where it has no keys and waits for nothing first, one window follows the
other without end. An event belongs to the window of its own time, not of when it is read;
``late`` is for how long a window that is over still takes events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from tidemill.domain.triggers.matching import is_expected, is_first

if TYPE_CHECKING:
    from tidemill.domain.triggers.rules import EventRule, Seen


class Window(msgspec.Struct, frozen=True, tag="window"):
    """From ``start`` to before ``end``. ``key``: the values for which it counts; ``last``: its last event, if kept."""

    start: int
    end: int
    count: int = 0
    key: tuple[str, ...] = ()
    last: Any = None


class Fired(NamedTuple):
    """That a window fired: when, because of which event, and the event's id if it was that which made it fire."""

    at: int
    event: Any
    cause: str | None


class Outcome(NamedTuple):
    """What is left of a window, and whether it fired."""

    window: Window | None
    fired: Fired | None = None


def opened(rule: EventRule, now: int) -> Window:
    """The first window of a rule that waits before any event has come."""
    return Window(now, now + rule.within)


def due(rule: EventRule, window: Window, late: int) -> int:
    """When time must look at a window."""
    return window.end if rule.proactive else window.end + late


def after_time(rule: EventRule, window: Window, now: int, late: int) -> Outcome:
    """What is left of a window when nothing came before ``now``."""
    if now < due(rule, window, late):
        return Outcome(window)
    if not rule.proactive:
        return Outcome(None)
    fired = None if window.count >= rule.threshold else Fired(window.end, window.last, None)
    if not rule.standing:
        return Outcome(None, fired)  # an event must begin the next one, or nobody would ever forget a key
    start = now - (now - window.end) % rule.within  # windows that nobody looked at are passed over
    return Outcome(replace(window, start=start, end=start + rule.within, count=0), fired)


def after_event(rule: EventRule, window: Window | None, key: tuple[str, ...], seen: Seen, late: int) -> Outcome:
    """What a window becomes by an event that the rule covers, and that it expects or waits for first."""
    left, fired = Outcome(None) if window is None else after_time(rule, window, seen.at, late)
    if not rule.proactive:
        return _reactive(rule, left, key, seen, late)
    return Outcome(_proactive(rule, left, key, seen, late), fired)


def _reactive(rule: EventRule, window: Window | None, key: tuple[str, ...], seen: Seen, late: int) -> Outcome:
    first, counts = is_first(rule, seen.name), is_expected(rule, seen.name)
    at, earliest = seen.at, seen.at - late
    if window is not None and not rule.immediate and at >= window.end:
        earliest, window = max(earliest, window.end), None
    if window is None:
        if first:
            window = Window(at, at + rule.within, -1 if counts else 0, key)  # what begins it does not count
        elif rule.after:
            return Outcome(None)
        else:
            window = Window(earliest, at + rule.within, 0, key)
    elif first and rule.immediate:
        window = replace(window, end=max(window.end, at))
    if not counts or at < window.start:
        return Outcome(window)
    window = replace(window, count=window.count + 1)
    if window.count < rule.threshold:
        return Outcome(window)
    quiet = None if rule.after or rule.immediate else Window(window.end, window.end + rule.within, 0, key)
    return Outcome(quiet, Fired(at, seen.whole, seen.id))


def _proactive(rule: EventRule, window: Window | None, key: tuple[str, ...], seen: Seen, late: int) -> Window | None:
    first, at = is_first(rule, seen.name), seen.at
    begun = Window(at, at + rule.within, 0, key, seen.whole) if first else None
    if window is None:
        if rule.after:
            return begun
        window = Window(at - late, at + rule.within, 0, key)
    if at < window.start:
        return window
    window = replace(window, last=seen.whole)
    if is_expected(rule, seen.name):
        window = replace(window, count=window.count + 1)
    return begun if rule.after and window.count >= rule.threshold else window
