"""Automations, as they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tidemill.api.operations import automations as operations
from tidemill.domain.loops import runs_itself
from tidemill.domain.states import from_us
from tidemill.server.refusals import not_valid
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of
from tidemill.wire.automations import (
    Automation,
    AutomationCreate,
    AutomationPartialUpdate,
    AutomationUpdate,
    EventTrigger,
    RunDeployment,
)
from tidemill.wire.base import changes_of

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.automations import Action, Trigger

routes: Final = Routes()


@routes.serves(operations.CREATE_AUTOMATION)
def create_automation(call: Call, body: AutomationCreate) -> Automation:
    """Make an automation."""
    now = from_us(call.now)
    _renumber(call, body.trigger)
    if body.enabled:
        _check_loops(body.trigger, body.actions)
    made = Automation(
        id=call.new_id(),
        name=body.name,
        description=body.description,
        enabled=body.enabled,
        tags=body.tags,
        trigger=body.trigger,
        actions=body.actions,
        actions_on_trigger=body.actions_on_trigger,
        actions_on_resolve=body.actions_on_resolve,
        created=now,
        updated=now,
    )
    call.store.create_automation(made, body.owner_resource)
    tell_of(call, "created", made)
    return made


def _renumber(call: Call, trigger: Trigger) -> None:
    """Ids of triggers are ours to give: what has fired is noted under them."""
    trigger.id = UUID(call.new_id())
    if not isinstance(trigger, EventTrigger):
        for inner in trigger.triggers:
            _renumber(call, inner)


def _check_loops(trigger: Trigger, actions: list[Action]) -> None:
    if not isinstance(trigger, EventTrigger) or trigger.posture != "Reactive":
        return
    related = trigger.match_related if isinstance(trigger.match_related, list) else [trigger.match_related]
    sources = {action.source for action in actions if isinstance(action, RunDeployment)}
    complaint = runs_itself(trigger.expect, trigger.match, related, sources)
    if complaint is not None:
        raise not_valid("body", f"this automation would go on for ever: {complaint}", "trigger")


@routes.serves(operations.READ_AUTOMATION)
def read_automation(call: Call, id: str) -> Automation:  # noqa: A002 - the path's name for it
    """An automation."""
    return call.store.read_automation(id)


@routes.serves(operations.READ_AUTOMATIONS)
def read_automations(call: Call, body: operations.ReadAutomations) -> list[Automation]:
    """Automations by filter."""
    limit = call.limit(body.limit)
    return call.store.find_automations(body.automations, sort=body.sort, limit=limit, offset=body.offset)


@routes.serves(operations.COUNT_AUTOMATIONS)
def count_automations(call: Call, body: operations.CountAutomations) -> int:
    """How many there are."""
    return call.store.count_automations(body.automations)


@routes.serves(operations.UPDATE_AUTOMATION)
def update_automation(call: Call, id: str, body: AutomationUpdate) -> None:  # noqa: A002 - the path's name for it
    """Put another in an automation's place; what may be left out stays as it was."""
    _renumber(call, body.trigger)
    _change(call, id, changes_of(body))


@routes.serves(operations.PATCH_AUTOMATION)
def patch_automation(call: Call, id: str, body: AutomationPartialUpdate) -> None:  # noqa: A002 - as above
    """Switch an automation on or off."""
    _change(call, id, changes_of(body))


def _change(call: Call, id_: str, changes: dict[str, Any]) -> None:
    known = call.store.read_automation(id_)
    if changes.get("enabled", known.enabled):
        _check_loops(changes.get("trigger", known.trigger), changes.get("actions", known.actions))
    call.store.update_automation(id_, changes, call.now)
    tell_of(call, "updated", call.store.read_automation(id_))


@routes.serves(operations.DELETE_AUTOMATION)
def delete_automation(call: Call, id: str) -> None:  # noqa: A002 - as above
    """Delete an automation."""
    known = call.store.read_automation(id)
    call.store.delete_automation(id)
    tell_of(call, "deleted", known)


@routes.serves(operations.READ_AUTOMATIONS_RELATED_TO_RESOURCE)
def read_automations_related_to_resource(call: Call, resource_id: str) -> list[Automation]:
    """Those that have to do with a resource."""
    return call.store.automations_related_to(resource_id)


@routes.serves(operations.DELETE_AUTOMATIONS_OWNED_BY_RESOURCE)
def delete_automations_owned_by_resource(call: Call, resource_id: str) -> None:
    """Delete those that a resource brought along."""
    call.store.delete_automations_owned_by(resource_id)
