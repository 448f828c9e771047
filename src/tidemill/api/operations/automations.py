"""What can be asked about automations."""

from __future__ import annotations

from typing import Any, Final

from tidemill.api.operation import Tag
from tidemill.wire.automations import (
    Automation,
    AutomationCreate,
    AutomationPartialUpdate,
    AutomationSort,
    AutomationUpdate,
)
from tidemill.wire.base import Limit, Offset, Wire
from tidemill.wire.filters import AutomationFilter


class CountAutomations(Wire):
    """What is sent to ``/automations/count``."""

    automations: AutomationFilter | None = None


class ReadAutomations(Wire):
    """What is sent to ``/automations/filter``."""

    automations: AutomationFilter | None = None
    limit: Limit | None = None
    offset: Offset = 0
    sort: AutomationSort = AutomationSort("NAME_ASC")


_tagged: Final = Tag("Automations")

CREATE_AUTOMATION: Final = _tagged.post(
    "/automations/",
    "create_automation",
    permission="automations:write",
    body=AutomationCreate,
    answer=Automation,
    status=201,
)
COUNT_AUTOMATIONS: Final = _tagged.post(
    "/automations/count",
    "count_automations",
    permission="automations:read",
    body=CountAutomations,
    body_required=False,
    answer=int,
    writes=False,
)
READ_AUTOMATIONS: Final = _tagged.post(
    "/automations/filter",
    "read_automations",
    permission="automations:read",
    body=ReadAutomations,
    body_required=False,
    answer=list[Automation],
    writes=False,
)
DELETE_AUTOMATIONS_OWNED_BY_RESOURCE: Final = _tagged.delete(
    "/automations/owned-by/{resource_id}",
    "delete_automations_owned_by_resource",
    permission="automations:write",
    answer=Any,
    status=202,
)
READ_AUTOMATIONS_RELATED_TO_RESOURCE: Final = _tagged.get(
    "/automations/related-to/{resource_id}",
    "read_automations_related_to_resource",
    permission="automations:read",
    answer=list[Automation],
)
VALIDATE_TEMPLATE: Final = _tagged.post(
    "/automations/templates/validate",
    "validate_template",
    permission="automations:read",
    body=str,
    body_required=False,
    writes=False,
)
DELETE_AUTOMATION: Final = _tagged.delete(
    "/automations/{id:uuid}", "delete_automation", permission="automations:write", status=204, refuses=(404,)
)
READ_AUTOMATION: Final = _tagged.get(
    "/automations/{id:uuid}", "read_automation", permission="automations:read", answer=Automation, refuses=(404,)
)
PATCH_AUTOMATION: Final = _tagged.patch(
    "/automations/{id:uuid}",
    "patch_automation",
    permission="automations:write",
    body=AutomationPartialUpdate,
    status=204,
    refuses=(404,),
)
UPDATE_AUTOMATION: Final = _tagged.put(
    "/automations/{id:uuid}",
    "update_automation",
    permission="automations:write",
    body=AutomationUpdate,
    status=204,
    refuses=(404,),
)
VALIDATE_TEMPLATE_OF_AUTOMATIONS: Final = _tagged.post(
    "/templates/validate",
    "validate_template",
    permission="automations:read",
    body=str,
    body_required=False,
    writes=False,
)
