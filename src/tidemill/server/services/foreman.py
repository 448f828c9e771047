"""Who is there to take runs, told as events when it changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from tidemill.domain.events import RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE
from tidemill.domain.states import from_us
from tidemill.server.readiness import patience
from tidemill.server.services.service import SECOND_US, Pass, Service
from tidemill.wire.events import Event

if TYPE_CHECKING:
    from tidemill.settings import Settings
    from tidemill.store.readiness import Changed

_BATCH: Final = 100
#: An event says which one it follows only if that was not long ago.
_FOLLOWS_WITHIN_US: Final = 600 * SECOND_US


class Foreman(Service):
    """Tells that work pools, queues and deployments become ready, are so no more, or are paused.

    What their status is follows at any time from when somebody was last heard of; only the telling needs a service.
    """

    name = "foreman"

    def __init__(self, settings: Settings) -> None:
        said = settings.server.services.foreman
        super().__init__(interval=said.loop_seconds, enabled=said.enabled)
        self._patience = patience(settings)

    def run_once(self, turn: Pass) -> int | None:
        """Tell what changed since it was last told."""
        changed = turn.store.changed_statuses(turn.now, self._patience, limit=_BATCH)
        turn.write_each(changed, partial(_tell, turn))
        return turn.now if len(changed) >= _BATCH else None


def _tell(turn: Pass, change: Changed) -> None:
    recent = change.told_us is not None and turn.now - change.told_us <= _FOLLOWS_WITHIN_US
    event = Event(
        id=UUID(turn.around.new_id()),
        event=f"prefect.{change.kind}.{change.status}",
        occurred=from_us(turn.now),
        resource=_resource(change),
        related=_related(change),
        follows=UUID(change.last_event) if recent and change.last_event else None,
    )
    turn.store.tell_status(change, event, turn.now)


def _resource(change: Changed) -> dict[str, str]:
    resource = {RESOURCE_ID: f"prefect.{change.kind}.{change.id}", RESOURCE_NAME: change.name}
    if change.kind == "work-pool":
        resource["prefect.work-pool.type"] = change.about or ""
    elif change.kind == "work-queue":
        resource[RESOURCE_ROLE] = "work-queue"
    return resource


def _related(change: Changed) -> list[dict[str, str]]:
    related = []
    if change.kind == "deployment":
        related.append({RESOURCE_ID: f"prefect.flow.{change.about}", RESOURCE_ROLE: "flow"})
    if change.pool_id is not None:
        pool = {RESOURCE_ID: f"prefect.work-pool.{change.pool_id}", RESOURCE_NAME: change.pool_name or ""}
        related.append(pool | {RESOURCE_ROLE: "work-pool"})
    return related
