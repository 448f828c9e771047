"""What a firing of an automation comes to. Here an automation's actions begin, in the transaction of its firing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tidemill.domain.events import RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE
from tidemill.domain.states import from_us
from tidemill.wire.automations import EventTrigger
from tidemill.wire.base import plain
from tidemill.wire.events import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.domain.triggers.rules import Firing
    from tidemill.store.store import Store
    from tidemill.wire.automations import Automation


def fire(store: Store, fired: Sequence[tuple[Automation, Firing]], now: int) -> None:
    """Tell that automations fired. A firing that was told before is passed over: its event has its id."""
    store.take_events([triggered(automation, firing, now) for automation, firing in fired], now)


def triggered(automation: Automation, firing: Firing, now: int) -> Event:
    """The event that says so."""
    resource = {RESOURCE_ID: f"prefect.automation.{automation.id}", RESOURCE_NAME: automation.name}
    if isinstance(automation.trigger, EventTrigger):
        resource["prefect.posture"] = automation.trigger.posture
    because: dict[str, Any] | None = plain(firing.event)
    related = []
    if because is not None:
        related = [{RESOURCE_ID: f"prefect.event.{because['id']}", RESOURCE_ROLE: "triggering-event"}]
    return Event(
        id=UUID(firing.id),
        event="prefect.automation.triggered",
        occurred=from_us(now),
        resource=resource,
        related=related,
        payload={"triggering_labels": firing.labels, "triggering_event": because},
    )
