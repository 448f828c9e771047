"""Schedules as they are sent: checked, and put into the form in which they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from tidemill.domain.schedules.schedule import schedule_from_wire, schedule_to_wire
from tidemill.domain.states import from_us
from tidemill.exceptions import OptionError
from tidemill.server.refusals import not_valid
from tidemill.wire.base import changes_of
from tidemill.wire.schedules import DeploymentSchedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.server.calls import Call
    from tidemill.wire.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate

#: Fields that a schedule always has a value for; a null for them is no change.
_ALWAYS: Final = ("active", "schedule", "parameters")


def schedule_from(call: Call, body: DeploymentScheduleCreate, *path: str | int) -> DeploymentSchedule:
    """The schedule that is asked for. ``path``: where in the body it stands."""
    now = from_us(call.now)
    _check_most(call, body.max_scheduled_runs, *path)
    return DeploymentSchedule(
        id=call.new_id(),
        schedule=_kept(call, body.schedule, *path),
        active=body.active,
        max_scheduled_runs=body.max_scheduled_runs,
        parameters=body.parameters,
        slug=body.slug,
        created=now,
        updated=now,
    )


def changes_of_schedule(call: Call, body: DeploymentScheduleUpdate, *path: str | int) -> dict[str, Any]:
    """What is to be changed."""
    changes = {name: value for name, value in changes_of(body).items() if value is not None or name not in _ALWAYS}
    changes.pop("replaces", None)
    if "max_scheduled_runs" in changes:
        _check_most(call, changes["max_scheduled_runs"], *path)
    if "schedule" in changes:
        changes["schedule"] = _kept(call, changes["schedule"], *path)
    return changes


def schedules_after(
    call: Call, before: Sequence[DeploymentSchedule], wanted: Sequence[DeploymentScheduleUpdate]
) -> list[DeploymentSchedule]:
    """All schedules of a deployment after an update that names them all.

    One with the slug of a schedule that is there, or that ``replaces`` it, is that schedule, changed; what is not
    named is gone.
    """
    by_slug = {schedule.slug: schedule for schedule in before if schedule.slug is not None}
    after: list[DeploymentSchedule] = []
    for number, update in enumerate(wanted):
        path = ("schedules", number)
        changes = changes_of_schedule(call, update, *path)
        named = _named(update)
        old = None if named is None else by_slug.pop(named, None)
        if old is None:
            if "schedule" not in changes:
                raise not_valid("body", "a schedule is needed: the deployment has none of this slug", *path, "schedule")
            old = DeploymentSchedule(id=call.new_id(), schedule={}, created=from_us(call.now))
        after.append(replace(old, updated=from_us(call.now), **changes))
    return after


def _named(update: DeploymentScheduleUpdate) -> str | None:
    for slug in (update.replaces, update.slug):
        if slug is not UNSET and slug is not None:
            return str(slug)
    return None


def _kept(call: Call, schedule: object, *path: str | int) -> dict[str, Any]:
    try:
        return schedule_to_wire(schedule_from_wire(schedule, from_us(call.now)))
    except OptionError as error:
        raise not_valid("body", str(error), *path, "schedule") from error


def _check_most(call: Call, most: int | None, *path: str | int) -> None:
    bound = call.settings.server.deployment_schedule_max_scheduled_runs
    if most is not None and most > bound:
        raise not_valid("body", f"expected at most {bound}, got {most}", *path, "max_scheduled_runs")
