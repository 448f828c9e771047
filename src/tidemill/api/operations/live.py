"""Following what happens, as a stream of server-sent events; waiting for one thing to happen."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire
from tidemill.wire.flow_runs import FlowRunResponse


class FollowQuery(Wire):
    """What is asked of ``/tm/live/stream``.

    ``topics``: of ``flow-runs``, ``task-runs``, ``events`` and ``logs``, with commas between them; ``logs`` needs
    ``logs:read`` besides. ``flow_run_id``:
    only what has to do with that run. ``filter``: for events, an EventFilter as JSON. ``last_event_id``: where to go
    on, as the header Last-Event-ID says it; ``0`` is the beginning.
    """

    topics: str = "flow-runs"
    flow_run_id: str | None = None
    filter: str | None = None
    last_event_id: str | None = None


class AwaitQuery(Wire):
    """What is awaited at ``/tm/flow_runs/{id}/await``: a state other than that of id ``state_id``, for some seconds.

    Without ``state_id``, the state in which the run is over.
    """

    state_id: UUID | None = None
    seconds: Annotated[float, Meta(ge=0, le=60)] = 30.0


_tagged: Final = Tag("Live")

FOLLOW: Final = _tagged.get("/tm/live/stream", "follow", permission="events:read", query=FollowQuery)
AWAIT_FLOW_RUN: Final = _tagged.get(
    "/tm/flow_runs/{id:uuid}/await",
    "await_flow_run",
    permission="runs:read",
    query=AwaitQuery,
    answer=FlowRunResponse,
    refuses=(404,),
    waits=True,
)
