"""Streams of what happens, and questions that wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from tidemill.api.operations import live as operations
from tidemill.domain.states import TERMINAL_STATES
from tidemill.server.calls import Answer
from tidemill.server.live.streams import TOPICS, Position, Wanted
from tidemill.server.refusals import Refusal, not_valid
from tidemill.server.serving import Routes
from tidemill.suggestions import did_you_mean
from tidemill.wire.events import EventFilter

if TYPE_CHECKING:
    from tidemill.server.calls import Call

routes: Final = Routes()


@routes.serves(operations.FOLLOW)
def follow(call: Call, query: operations.FollowQuery) -> Answer:
    """Whatever the topics ask for, as it comes."""
    topics = frozenset(query.topics.split(","))
    for topic in sorted(topics - TOPICS):
        known = ", ".join(sorted(TOPICS))
        advice = did_you_mean(topic, TOPICS) or f"; there is {known}"
        raise not_valid("query", f"there is no topic {topic[:64]!r}{advice}", "topics")
    if "logs" in topics and not call.actor.may("logs:read"):
        raise Refusal(403, "to follow logs needs the permission 'logs:read'")
    last = query.last_event_id if query.last_event_id is not None else call.headers.get("last-event-id")
    try:
        position = None if last is None else Position.read(last)
        flow_run_id = None if query.flow_run_id is None else str(UUID(query.flow_run_id))
        wanted = EventFilter() if query.filter is None else msgspec.json.decode(query.filter, type=EventFilter)
    except (ValueError, RecursionError) as error:
        raise not_valid("query", str(error)) from error
    return Answer(stream=Wanted(topics, flow_run_id, wanted, position, call.actor), content_type="text/event-stream")


@routes.serves(operations.AWAIT_FLOW_RUN)
def await_flow_run(call: Call, query: operations.AwaitQuery, id: str) -> Answer:  # noqa: A002 - the path's name for it
    """The flow run as it is when its state is another than the one known; or as it still is when time is over."""
    run = call.store.get_flow_run(id, call.now)
    known = run.state_type not in TERMINAL_STATES if query.state_id is None else run.state_id == str(query.state_id)
    return Answer(run, again_within=query.seconds if known else None)
