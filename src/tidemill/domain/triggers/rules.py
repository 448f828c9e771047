"""What an automation waits for, as it is judged. Times are microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Labels and the values that they may have.
Specification = Mapping[str, str | list[str]]
_ANYTHING: Final[Specification] = MappingProxyType({})


class Seen(NamedTuple):
    """An event, as far as rules look at it. ``whole`` is what a firing keeps of it."""

    id: str
    name: str
    at: int
    resource: Mapping[str, str]
    related: list[dict[str, str]]
    whole: Any


class EventRule(NamedTuple):
    """Events that are to come, or to stay away, for each value of some labels on its own."""

    id: str
    proactive: bool = False
    expect: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    match: Specification = _ANYTHING
    related: tuple[Specification, ...] = ()
    for_each: tuple[str, ...] = ()
    threshold: int = 1
    within: int = 0

    @property
    def immediate(self) -> bool:
        """Whether it counts events whenever they come."""
        return not self.proactive and self.within == 0

    @property
    def standing(self) -> bool:
        """Whether it waits from the first moment on, before any event has come."""
        return self.proactive and not self.after and not self.for_each


class PartsRule(NamedTuple):
    """Rules of which so many must fire, in their order if that matters, no further apart than ``within``."""

    id: str
    parts: tuple[EventRule | PartsRule, ...]
    needed: int
    ordered: bool = False
    within: int | None = None


Rule = EventRule | PartsRule


class Leaf(NamedTuple):
    """A rule about events, and the rules that it is a part of, the nearest first."""

    rule: EventRule
    above: tuple[PartsRule, ...]


def leaves(rule: Rule, above: tuple[PartsRule, ...] = ()) -> Iterator[Leaf]:
    """All rules about events in a rule, in their order."""
    if isinstance(rule, EventRule):
        yield Leaf(rule, above)
    else:
        for part in rule.parts:
            yield from leaves(part, (rule, *above))


class Firing(msgspec.Struct, frozen=True):
    """That a rule fired, and because of what.

    ``at`` is the moment at which it came true, which is the same however late it is noticed. ``event`` is the last
    event that had to do with it; None where none ever came. ``parts`` are the firings that it is made of.
    """

    id: str
    rule: str
    at: int
    labels: dict[str, str] = {}
    event: Any = None
    parts: list[Firing] = []
