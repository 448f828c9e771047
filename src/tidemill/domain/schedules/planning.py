"""Which runs a scheduler owes, and when it must look again. Facts go in, decisions come out.

A scheduled run is known by deployment, schedule and instant. From these follow its idempotency key and so, however many
schedulers work at once and however often, that it is made once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tidemill.domain.schedules.schedule import AnySchedule

_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far ahead the runs of a schedule are made: the settings ``server.services.scheduler``.

    At least ``min_runs`` and all within ``min_time``, whichever is more; at most ``max_runs``, and none beyond
    ``max_time``.
    """

    min_runs: int = 3
    max_runs: int = 100
    min_time: timedelta = timedelta(hours=1)
    max_time: timedelta = timedelta(days=100)


def fires_wanted(schedule: AnySchedule, now: datetime, ahead: Ahead, most: int | None = None) -> list[datetime]:
    """The instants from ``now`` on that want a run, made or not, ascending.

    ``most`` is the schedule's own bound (``max_scheduled_runs``). What is due this very moment counts; what has passed
    does not.
    """
    bound = ahead.max_runs if most is None else min(ahead.max_runs, most)
    wanted: list[datetime] = []
    for fire in islice(schedule.fires_after(now - _INSTANT), max(bound, 0)):
        if fire > now + ahead.max_time:
            break
        if len(wanted) >= ahead.min_runs and fire > now + ahead.min_time:
            break
        wanted.append(fire)
    return wanted


def next_look(schedule: AnySchedule, now: datetime, ahead: Ahead, most: int | None = None) -> datetime | None:
    """When another run will be owed, if all that are owed ``now`` are made; None when none ever will.

    Until then nobody needs to look at the schedule, unless it is changed.
    """
    wanted = fires_wanted(schedule, now, ahead, most)
    bound = ahead.max_runs if most is None else min(ahead.max_runs, most)
    following = next(schedule.fires_after(wanted[-1] if wanted else now - _INSTANT), None)
    if following is None or bound < 1:
        return None
    too_few = _once_fewer_than(min(ahead.min_runs, bound), wanted, now, following)
    near = max(following - ahead.min_time, _once_fewer_than(bound, wanted, now, following))
    return max(min(too_few, near), following - ahead.max_time)


def _once_fewer_than(count: int, wanted: list[datetime], now: datetime, never: datetime) -> datetime:
    """When fewer than ``count`` of the wanted fires are still to come."""
    if len(wanted) < count:
        return now
    return wanted[-count] + _INSTANT if count > 0 else never


def idempotency_key(deployment_id: str, schedule_id: str, due: datetime) -> str:
    """The same for the same fire of the same schedule, whoever computes it; unlike any other's."""
    return f"scheduled {deployment_id} {schedule_id} {due.astimezone(UTC).isoformat(timespec='microseconds')}"
