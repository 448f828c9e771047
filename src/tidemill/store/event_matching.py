"""Whether an event is what a filter asks for: the one definition, for what streams by and for what SQL cannot tell.

A list that is empty asks nothing, as none: existing clients send both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from tidemill.domain.events import RESOURCE_ID, RESOURCE_ROLE
from tidemill.store.finding import words_of
from tidemill.wire.events import EventOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidemill.wire.events import (
        EventAnyResourceFilter,
        EventFilter,
        EventNameFilter,
        EventOccurredFilter,
        EventRelatedFilter,
        EventResourceFilter,
        ReceivedEvent,
        ResourceSpecification,
    )

F = TypeVar("F", bound=msgspec.Struct)

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode


def matches(event: ReceivedEvent, wanted: EventFilter) -> bool:
    """All that the filter asks; its order and ``distinct`` are about several events."""
    everything = [event.resource, *event.related]
    return (
        _has_id(event, wanted)
        and happened_within(event, wanted.occurred)
        and (wanted.event is None or named_so(event.event, wanted.event))
        and (wanted.resource is None or about(event.resource, wanted.resource))
        and all(any(relates(one, asked) for one in event.related) for asked in as_list(wanted.related))
        and all(any(about(one, asked) for one in everything) for asked in as_list(wanted.any_resource))
        and (wanted.text is None or says(event, wanted.text.query))
    )


def _has_id(event: ReceivedEvent, wanted: EventFilter) -> bool:
    return not wanted.id.id or event.id in {str(one) for one in wanted.id.id}


def happened_within(event: ReceivedEvent, asked: EventOccurredFilter) -> bool:
    """Both ends are included."""
    return (asked.since is None or event.occurred >= asked.since) and (
        asked.until is None or event.occurred <= asked.until
    )


def named_so(name: str, asked: EventNameFilter) -> bool:
    """By whole names and by beginnings."""
    return (
        (not asked.name or name in asked.name)
        and (not asked.prefix or name.startswith(tuple(asked.prefix)))
        and not (asked.exclude_name and name in asked.exclude_name)
        and not (asked.exclude_prefix and name.startswith(tuple(asked.exclude_prefix)))
    )


def about(resource: Mapping[str, str], asked: EventResourceFilter | EventAnyResourceFilter) -> bool:
    """Whether one resource is meant."""
    id_ = resource.get(RESOURCE_ID, "")
    return (
        (not asked.id or id_ in asked.id)
        and (not asked.id_prefix or id_.startswith(tuple(asked.id_prefix)))
        and (not asked.labels or labelled_so(resource, asked.labels))
    )


def relates(resource: Mapping[str, str], asked: EventRelatedFilter) -> bool:
    """Whether one related resource is meant."""
    id_, role = resource.get(RESOURCE_ID, ""), resource.get(RESOURCE_ROLE, "")
    return (
        (not asked.id or id_ in asked.id)
        and (not asked.role or role in asked.role)
        and (not asked.resources_in_roles or (id_, role) in asked.resources_in_roles)
        and (not asked.labels or labelled_so(resource, asked.labels))
    )


def labelled_so(resource: Mapping[str, str], asked: ResourceSpecification) -> bool:
    """Every label has one of the values asked for, and none of those behind a ``!``; a ``*`` at the end is any rest."""
    return all(_has_value(resource.get(label), values) for label, values in asked.items())


def _has_value(value: str | None, asked: str | list[str]) -> bool:
    values = [asked] if isinstance(asked, str) else asked
    wanted = [one for one in values if not one.startswith("!")]
    unwanted = [one[1:] for one in values if one.startswith("!")]
    if value is None:
        return not wanted and bool(unwanted)
    return (not wanted or any(_fits(value, one) for one in wanted)) and not any(_fits(value, one) for one in unwanted)


def _fits(value: str, pattern: str) -> bool:
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def says(event: ReceivedEvent, query: str) -> bool:
    """All words occur somewhere in the event, in either case, and none of those behind a minus."""
    text = " ".join([event.event, *_texts([event.resource, event.related, _decode(_encode(event.payload))])]).lower()
    return all((word.lower() in text) is not unwanted for word, unwanted in words_of(query))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in [str(key), *_texts(one)]]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [] if value is None else [str(value)]


def as_list(asked: F | list[F] | None) -> Sequence[F]:
    """A filter that may be one or several, without those that ask nothing."""
    several = [] if asked is None else asked if isinstance(asked, list) else [asked]
    return [one for one in several if any(getattr(one, name) for name in one.__struct_fields__)]


def newest_first(wanted: EventFilter) -> bool:
    """In which order they are answered."""
    return wanted.order is EventOrder.DESC
