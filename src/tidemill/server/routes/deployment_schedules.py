"""Schedules of deployments, and making the runs that they ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tidemill.api.operations import deployments as operations
from tidemill.domain.schedules.planning import Ahead
from tidemill.domain.states import to_us
from tidemill.server.schedules import changes_of_schedule, schedule_from
from tidemill.server.serving import Routes

if TYPE_CHECKING:
    from tidemill.server.calls import Call
    from tidemill.wire.schedules import DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate

routes: Final = Routes()

#: How many runs of one schedule are made at most by one request, and how far ahead.
_MOST_RUNS: Final = 1000
_FARTHEST: Final = timedelta(days=36525)


@routes.serves(operations.READ_DEPLOYMENT_SCHEDULES)
def read_schedules(call: Call, id: str) -> list[DeploymentSchedule]:  # noqa: A002 - the path's name for it
    """The schedules of a deployment."""
    return call.store.read_schedules(id)


@routes.serves(operations.CREATE_DEPLOYMENT_SCHEDULES)
def create_schedules(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    body: list[DeploymentScheduleCreate],
) -> list[DeploymentSchedule]:
    """More schedules for a deployment."""
    made = [schedule_from(call, one, number) for number, one in enumerate(body)]
    call.store.add_schedules(id, made)
    return made


@routes.serves(operations.UPDATE_DEPLOYMENT_SCHEDULE)
def update_schedule(
    call: Call,
    id: str,  # noqa: A002 - the path's name for it
    schedule_id: str,
    body: DeploymentScheduleUpdate,
) -> None:
    """Change a schedule."""
    call.store.update_schedule(id, schedule_id, changes_of_schedule(call, body), call.now)


@routes.serves(operations.DELETE_DEPLOYMENT_SCHEDULE)
def delete_schedule(call: Call, id: str, schedule_id: str) -> None:  # noqa: A002 - the path's name for it
    """Delete a schedule."""
    call.store.delete_schedule(id, schedule_id)


@routes.serves(operations.SCHEDULE_DEPLOYMENT)
def schedule_deployment(call: Call, id: str, body: operations.ScheduleDeployment) -> None:  # noqa: A002 - as above
    """Make the runs that are owed now, or from ``start_time`` on."""
    said = call.settings.server.services.scheduler
    start = call.now if body.start_time is None else max(call.now, to_us(body.start_time))
    farthest = said.max_scheduled_time
    if body.end_time is not None:
        farthest = timedelta(microseconds=max(0, to_us(body.end_time) - start))
    ahead = Ahead(
        min_runs=_within(said.min_runs if body.min_runs is None else body.min_runs),
        max_runs=_within(said.max_runs if body.max_runs is None else body.max_runs),
        min_time=said.min_scheduled_time if body.min_time is None else _seconds(body.min_time),
        max_time=min(farthest, _FARTHEST),
    )
    call.store.schedule_runs(id, call.now, ahead, call.new_id, start=start)


def _within(runs: int) -> int:
    return max(0, min(runs, _MOST_RUNS))


def _seconds(given: float) -> timedelta:
    return timedelta(seconds=max(0.0, min(given, _FARTHEST.total_seconds())))
