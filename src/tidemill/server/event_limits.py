"""How much one event may say, as it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.events import EventLimits

if TYPE_CHECKING:
    from tidemill.settings import Settings


def limits_of(settings: Settings) -> EventLimits:
    """The limits that ``domain.events.complaint_about`` holds an event against."""
    events = settings.server.events
    return EventLimits(
        longest_name=events.maximum_event_name_length,
        most_related=events.maximum_related_resources,
        most_labels=events.maximum_labels_per_resource,
    )
