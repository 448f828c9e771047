"""Which events a rule is about."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from tidemill.domain.events import RESOURCE_ROLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.domain.triggers.rules import EventRule, Seen, Specification

_GLOB: Final = frozenset("*?[")


def is_expected(rule: EventRule, name: str) -> bool:
    """Whether events of this name count; where none are named, all do."""
    return not rule.expect or any(fits(name, one) for one in rule.expect)


def is_first(rule: EventRule, name: str) -> bool:
    """Whether events of this name must come before others count."""
    return any(fits(name, one) for one in rule.after)


def covers(rule: EventRule, seen: Seen) -> bool:
    """Whether its labels are those that the rule is about, and those of what it has to do with."""
    return _labelled_so(seen.resource, rule.match) and all(
        not asked or any(_labelled_so(other, asked) for other in seen.related) for asked in rule.related
    )


def key_of(rule: EventRule, seen: Seen) -> tuple[str, ...]:
    """The values for which it is judged on its own; a label that is not there is empty."""
    return tuple(_value_of(label, seen) for label in rule.for_each)


def fits(value: str, pattern: str) -> bool:
    """Whether a value is what a pattern says, in which ``*`` is anything."""
    if pattern.endswith("*") and _GLOB.isdisjoint(pattern[:-1]):
        return value.startswith(pattern[:-1])
    return value == pattern if _GLOB.isdisjoint(pattern) else fnmatchcase(value, pattern)


def _labelled_so(resource: Mapping[str, str], asked: Specification) -> bool:
    return all(_has(resource.get(label), [one] if isinstance(one, str) else one) for label, one in asked.items())


def _has(value: str | None, asked: Sequence[str]) -> bool:
    """One of those that are asked for and none of those behind a ``!``; a label that is not there has no value."""
    if value is None:
        return False
    wanted = [one for one in asked if not one.startswith("!")]
    unwanted = [one[1:] for one in asked if one.startswith("!")]
    return (any(fits(value, one) for one in wanted) or (not wanted and bool(unwanted))) and not any(
        fits(value, one) for one in unwanted
    )


def _value_of(label: str, seen: Seen) -> str:
    """``related:<role>:<label>`` is that of the first that the event has to do with in a role."""
    if label.startswith("related:"):
        role, _, name = label.removeprefix("related:").rpartition(":")
        found = next((one for one in seen.related if one.get(RESOURCE_ROLE) == role), None)
        return "" if found is None else found.get(name, "")
    return seen.resource.get(label, "")
