"""What can be asked about flows."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import MOST, Limit, Offset, Wire
from tidemill.wire.filters import AmongPools, FlowFilter
from tidemill.wire.flows import Flow, FlowBulkDeleteResponse, FlowCreate, FlowPaginationResponse, FlowSort, FlowUpdate


class BulkDeleteFlows(Wire):
    """What is sent to ``/flows/bulk_delete``."""

    flows: FlowFilter | None = None
    limit: Annotated[int, Meta(ge=1, le=50)] = 50


class CountFlows(AmongPools):
    """What is sent to ``/flows/count``."""


class ReadFlows(AmongPools):
    """What is sent to ``/flows/filter``."""

    limit: Limit | None = None
    offset: Offset = 0
    sort: FlowSort = FlowSort("NAME_ASC")


class PaginateFlows(AmongPools):
    """What is sent to ``/flows/paginate``."""

    limit: Limit | None = None
    page: Annotated[int, Meta(ge=1, le=MOST)] = 1
    sort: FlowSort = FlowSort("NAME_ASC")


_tagged: Final = Tag("Flows")

CREATE_FLOW: Final = _tagged.post(
    "/flows/", "create_flow", permission="flows:write", body=FlowCreate, answer=Flow, also=(201,)
)
BULK_DELETE_FLOWS: Final = _tagged.post(
    "/flows/bulk_delete",
    "bulk_delete_flows",
    permission="flows:write",
    body=BulkDeleteFlows,
    body_required=False,
    answer=FlowBulkDeleteResponse,
)
COUNT_FLOWS: Final = _tagged.post(
    "/flows/count",
    "count_flows",
    permission="flows:read",
    body=CountFlows,
    body_required=False,
    answer=int,
    writes=False,
)
READ_FLOWS: Final = _tagged.post(
    "/flows/filter",
    "read_flows",
    permission="flows:read",
    body=ReadFlows,
    body_required=False,
    answer=list[Flow],
    writes=False,
)
READ_FLOW_BY_NAME: Final = _tagged.get(
    "/flows/name/{name}", "read_flow_by_name", permission="flows:read", answer=Flow, refuses=(404,)
)
PAGINATE_FLOWS: Final = _tagged.post(
    "/flows/paginate",
    "paginate_flows",
    permission="flows:read",
    body=PaginateFlows,
    body_required=False,
    answer=FlowPaginationResponse,
    writes=False,
)
DELETE_FLOW: Final = _tagged.delete(
    "/flows/{id:uuid}", "delete_flow", permission="flows:write", status=204, refuses=(404,)
)
READ_FLOW: Final = _tagged.get("/flows/{id:uuid}", "read_flow", permission="flows:read", answer=Flow, refuses=(404,))
UPDATE_FLOW: Final = _tagged.patch(
    "/flows/{id:uuid}", "update_flow", permission="flows:write", body=FlowUpdate, status=204, refuses=(404,)
)
