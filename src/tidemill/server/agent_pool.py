"""The work pool of queues that are in no pool by name, as agents of old poll them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.states import from_us
from tidemill.store.access.work_pools import AGENTS
from tidemill.store.errors import MissingError
from tidemill.wire.work_pools import WorkPoolResponse

if TYPE_CHECKING:
    from tidemill.server.calls import Call

AGENT_POOL: Final = "default-agent-pool"


def agent_pool(call: Call) -> str:
    """Its name; it is made when somebody first needs it."""
    try:
        call.store.read_work_pool(AGENT_POOL, call.now)
    except MissingError:
        now = from_us(call.now)
        call.store.create_work_pool(
            WorkPoolResponse(
                id=call.new_id(),
                name=AGENT_POOL,
                type=AGENTS,
                default_queue_id=call.new_id(),
                created=now,
                updated=now,
            )
        )
    return AGENT_POOL
