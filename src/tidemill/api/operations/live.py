"""Following what happens, as a stream of server-sent events."""

from __future__ import annotations

from typing import Final

from tidemill.api.operation import Tag
from tidemill.wire.base import Wire


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


_tagged: Final = Tag("Live")

FOLLOW: Final = _tagged.get("/tm/live/stream", "follow", permission="events:read", query=FollowQuery)
