"""Automations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tidemill.api.operations import automations as operations
from tidemill.client.methods import method
from tidemill.client.orchestration.asker import Asker, given
from tidemill.client.schemas.objects import Automation
from tidemill.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from tidemill.client.schemas.filters import AutomationFilter
    from tidemill.client.schemas.sorting import AutomationSort
    from tidemill.system.asking import Asking


class AutomationMethods(Asker):
    """What can be asked about automations."""

    @method
    def create_automation(self, automation: Any) -> Asking[UUID]:
        """Make an automation, given as an object or a dict of its fields; its id."""
        made = yield from self._ask(operations.CREATE_AUTOMATION, Automation, automation)
        return made.id

    @method
    def update_automation(self, automation_id: UUID | str, automation: Any) -> Asking[None]:
        """Put another in the place of an automation. Raises ObjectNotFound."""
        yield from self._do(operations.UPDATE_AUTOMATION, automation, id=automation_id)

    @method
    def read_automations(
        self,
        *,
        automations: AutomationFilter | None = None,
        sort: AutomationSort | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Asking[list[Automation]]:
        """Automations, by name unless ``sort`` says otherwise."""
        wanted = given(automations=automations, sort=sort, limit=limit, offset=offset)
        return (yield from self._ask(operations.READ_AUTOMATIONS, list[Automation], wanted))

    @method
    def read_automations_by_name(self, name: str) -> Asking[list[Automation]]:
        """The automations of that name, which several may have."""
        return (yield from _named(self, name))

    @method
    def read_automation(self, automation_id: UUID | str) -> Asking[Automation | None]:
        """An automation; None where there is none of that id."""
        return (yield from _by_id(self, automation_id))

    @method
    def find_automation(self, id_or_name: str | UUID) -> Asking[Automation | None]:
        """An automation by id or, where there is none, by name; None where there is none of that name either."""
        try:
            found = yield from _by_id(self, UUID(str(id_or_name)))
        except ValueError:
            found = None
        if found is not None:
            return found
        named = yield from _named(self, str(id_or_name))
        return named[0] if named else None

    @method
    def pause_automation(self, automation_id: UUID | str) -> Asking[None]:
        """Have it do nothing for the time being. Raises ObjectNotFound."""
        yield from self._do(operations.PATCH_AUTOMATION, {"enabled": False}, id=automation_id)

    @method
    def resume_automation(self, automation_id: UUID | str) -> Asking[None]:
        """Have it act again. Raises ObjectNotFound."""
        yield from self._do(operations.PATCH_AUTOMATION, {"enabled": True}, id=automation_id)

    @method
    def delete_automation(self, automation_id: UUID | str) -> Asking[None]:
        """Delete an automation, if it is there."""
        try:
            yield from self._do(operations.DELETE_AUTOMATION, id=automation_id)
        except ObjectNotFound:
            return

    @method
    def read_resource_related_automations(self, resource_id: str) -> Asking[list[Automation]]:
        """The automations that have to do with a resource."""
        operation = operations.READ_AUTOMATIONS_RELATED_TO_RESOURCE
        return (yield from self._ask(operation, list[Automation], resource_id=resource_id))

    @method
    def delete_resource_owned_automations(self, resource_id: str) -> Asking[None]:
        """Delete the automations that were made for a resource."""
        yield from self._do(operations.DELETE_AUTOMATIONS_OWNED_BY_RESOURCE, resource_id=resource_id)


def _by_id(client: Asker, automation_id: UUID | str) -> Asking[Automation | None]:
    try:
        return (yield from client._ask(operations.READ_AUTOMATION, Automation, id=automation_id))  # noqa: SLF001 - its methods' other half
    except ObjectNotFound:
        return None


def _named(client: Asker, name: str) -> Asking[list[Automation]]:
    body = {"automations": {"name": {"any_": [name]}}}
    return (yield from client._ask(operations.READ_AUTOMATIONS, list[Automation], body))  # noqa: SLF001 - as above
