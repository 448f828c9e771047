"""Flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from tidemill.api.operations import flows as operations
from tidemill.domain.identity import flow_id
from tidemill.server.calls import Answer, part
from tidemill.server.paging import page_of
from tidemill.server.serving import Routes
from tidemill.server.told_things import tell_of
from tidemill.store.nouns import Wanted, wanted_by
from tidemill.wire.flows import Flow, FlowBulkDeleteResponse, FlowCreate, FlowPaginationResponse, FlowUpdate

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()
#: The handle of the workspace that everything is in.
_WORKSPACE: Final = "default"


@routes.serves(operations.CREATE_FLOW)
def create_flow(call: Call, body: FlowCreate) -> Answer:
    """The flow of this name, made if there was none."""
    flow, made = call.store.create_flow(
        flow_id(_WORKSPACE, body.name), body.name, body.tags, body.labels or {}, call.now
    )
    if made:
        tell_of(call, "created", flow)
    return Answer(flow, status=201 if made else 200)


@routes.serves(operations.READ_FLOW)
def read_flow(call: Call, id: str) -> Flow:  # noqa: A002 - the path's name for it
    """A flow by id."""
    return call.store.get_flow(id)


@routes.serves(operations.READ_FLOW_BY_NAME)
def read_flow_by_name(call: Call, name: str) -> Flow:
    """A flow by name."""
    return call.store.get_flow_by_name(name)


@routes.serves(operations.READ_FLOWS)
def read_flows(call: Call, body: operations.ReadFlows) -> list[Flow]:
    """Flows by filter."""
    return call.store.list_flows(wanted_by(body), limit=call.limit(body.limit), offset=body.offset, sort=body.sort)


@routes.serves(operations.COUNT_FLOWS)
def count_flows(call: Call, body: operations.CountFlows) -> int:
    """How many there are."""
    return call.store.count_flows(wanted_by(body))


@routes.serves(operations.PAGINATE_FLOWS)
def paginate_flows(call: Call, body: operations.PaginateFlows) -> FlowPaginationResponse:
    """A page of flows."""
    wanted = wanted_by(body)
    page = page_of(call, body.limit, body.page, call.store.count_flows(wanted))
    found = call.store.list_flows(wanted, limit=page.limit, offset=page.offset, sort=body.sort)
    return FlowPaginationResponse(count=page.count, limit=page.limit, page=page.page, pages=page.pages, results=found)


@routes.serves(operations.UPDATE_FLOW)
def update_flow(call: Call, id: str, body: FlowUpdate) -> None:  # noqa: A002 - the path's name for it
    """Change a flow."""
    call.store.update_flow(id, None if body.tags is UNSET else body.tags, call.now)
    tell_of(call, "updated", call.store.get_flow(id))


@routes.serves(operations.DELETE_FLOW)
def delete_flow(call: Call, id: str) -> Answer:  # noqa: A002 - the path's name for it
    """Delete a flow with all its runs."""
    flow = call.store.get_flow(id)
    done = call.store.delete_part_of_flow(id)
    if done:
        tell_of(call, "deleted", flow)
    return part(done=done)


@routes.serves(operations.BULK_DELETE_FLOWS)
def bulk_delete_flows(call: Call, body: operations.BulkDeleteFlows) -> Answer:
    """Delete flows with all their runs; answers the ids."""
    flows = call.store.list_flows(Wanted(flows=body.flows), limit=call.limit(body.limit))
    ids = [flow.id for flow in flows]
    done = call.store.delete_part_of_flows(ids)
    if done:
        tell_of(call, "deleted", *flows)
    return part(done=done, value=FlowBulkDeleteResponse(deleted=ids))
