"""Making the runs that schedules ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.labels import OF_DEPLOYMENT
from tidemill.domain.schedules.planning import Ahead, fires_wanted, idempotency_key
from tidemill.domain.schedules.schedule import schedule_from_wire
from tidemill.domain.states import from_us, to_us
from tidemill.store import new_scheduled_runs, scheduled_runs
from tidemill.store.access.base import Access
from tidemill.store.asking import all_rows, one_row
from tidemill.store.new_scheduled_runs import ScheduledRunOwed
from tidemill.store.schedule_rows import schedules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tidemill.wire.schedules import DeploymentSchedule

#: What runs that a scheduler made are tagged with, beside the deployment's tags.
AUTO_SCHEDULED: Final = "auto-scheduled"
_DEPLOYMENT: Final = """
SELECT deployment.flow_id, deployment.version, deployment.parameters, deployment.tags, deployment.labels,
    deployment.work_queue_id, work_queue.name, deployment.infrastructure_document_id
FROM deployment LEFT JOIN work_queue ON work_queue.id = deployment.work_queue_id
WHERE deployment.id = :id AND deployment.paused = 0
"""
_MADE: Final = """
SELECT idempotency_key FROM flow_run
WHERE deployment_id = :deployment AND expected_start_us >= :since AND idempotency_key IS NOT NULL
"""


class Scheduling(Access):
    """What a scheduler does. Any number may do it at once: a run is known by its schedule and its time."""

    def schedule_runs(
        self, deployment_id: str, now: int, ahead: Ahead, new_id: Callable[[], str], *, start: int | None = None
    ) -> int:
        """Make the runs of a deployment that are owed from ``start`` on, which is now by default; how many those were.

        A deployment that is paused, or is none, owes none.
        """
        begin = now if start is None else start
        with self._connections.writing() as session:
            scheduled_runs.hold(session, deployment_id)
            row = one_row(session, _DEPLOYMENT, {"id": deployment_id})
            if row is None:
                return 0
            made = {key for (key,) in all_rows(session, _MADE, {"deployment": deployment_id, "since": begin})}
            schedules = schedules_of(session, [deployment_id]).get(deployment_id, [])
            owed = [
                run
                for schedule in schedules
                if schedule.active
                for run in _owed(deployment_id, row, schedule, begin, ahead, made, new_id)
            ]
            new_scheduled_runs.make(session, owed, now)
            return len(owed)


def _owed(
    deployment_id: str,
    row: tuple[Any, ...],
    schedule: DeploymentSchedule,
    start: int,
    ahead: Ahead,
    made: Collection[str],
    new_id: Callable[[], str],
) -> list[ScheduledRunOwed]:
    flow_id, version, parameters, tags, labels, queue_id, queue_name, document_id = row
    begin = from_us(start)
    rule = schedule_from_wire(schedule.schedule, begin)
    due = {
        idempotency_key(deployment_id, schedule.id, fire): fire
        for fire in fires_wanted(rule, begin, ahead, schedule.max_scheduled_runs)
    }
    creator = {"id": schedule.id, "type": "SCHEDULE", "display_value": schedule.slug}
    return [
        ScheduledRunOwed(
            id=new_id(),
            state_id=new_id(),
            flow_id=flow_id,
            deployment_id=deployment_id,
            idempotency_key=key,
            due_us=to_us(fire),
            parameters=_with(parameters, schedule.parameters),
            tags=_tagged(tags),
            labels=_with(labels, {OF_DEPLOYMENT: deployment_id}),
            created_by=_text(creator),
            deployment_version=version,
            work_queue_id=queue_id,
            work_queue_name=queue_name,
            infrastructure_document_id=document_id,
        )
        for key, fire in due.items()
        if key not in made
    ]


def _with(text: str, more: dict[str, Any]) -> str:
    return _text({**msgspec.json.decode(text), **more}) if more else text


def _tagged(text: str) -> str:
    tags: list[str] = msgspec.json.decode(text)
    return _text(tags if AUTO_SCHEDULED in tags else [*tags, AUTO_SCHEDULED])


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
