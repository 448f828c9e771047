"""When a deployment runs: ``Interval``, ``Cron`` and ``RRule``, for code and project files.

::

    Cron("0 9 * * mon-fri", timezone="Europe/Berlin")

Wherever clocks are moved: a time that is skipped happens as much later, one that comes twice happens the first time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - tools read the annotations of the fields
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import from_us
from tidemill.exceptions import OptionError
from tidemill.system.clock import SystemClock

if TYPE_CHECKING:
    from tidemill.domain.schedules.schedule import AnySchedule

__all__ = ["Cron", "Interval", "RRule", "Schedule"]


def _now() -> datetime:
    return from_us(SystemClock().now_us())


@dataclass(frozen=True)
class Schedule:
    """When a deployment runs, and with which parameters. ``Interval``, ``Cron`` and ``RRule`` make one each.

    At most one of ``interval``, ``cron`` and ``rrule`` is set; with none it never fires. ``timezone`` is an IANA name
    (default UTC). An inactive schedule is kept and makes no runs. ``parameters`` take precedence over the deployment's.
    ``slug`` names the schedule within its deployment, so that deploying again changes it and makes no second one.

    Raises OptionError naming what is wrong: two kinds at once, a rule that cannot be read or never fires, no such zone.
    """

    interval: timedelta | None = None
    cron: str | None = None
    rrule: str | None = None
    timezone: str | None = None
    anchor_date: datetime = field(default_factory=_now)
    day_or: bool = True
    active: bool = True
    parameters: dict[str, Any] = field(default_factory=dict)
    slug: str | None = None

    def __post_init__(self) -> None:
        self.timing()

    def timing(self) -> AnySchedule | None:
        """The rule alone, which computes its fires (``fires_after``); None when there is none."""
        given = [kind for kind in ("interval", "cron", "rrule") if getattr(self, kind) is not None]
        if len(given) > 1:
            raise OptionError(f"a schedule has one of interval, cron and rrule, got {' and '.join(given)}")
        if self.interval is not None:
            from tidemill.domain.schedules.interval import IntervalSchedule  # noqa: PLC0415 - loaded by who uses it

            return IntervalSchedule(self.interval, self.anchor_date, self.timezone)
        if self.cron is not None:
            from tidemill.domain.schedules.cron import CronSchedule  # noqa: PLC0415 - as above

            return CronSchedule(self.cron, self.timezone, self.day_or)
        if self.rrule is not None:
            from tidemill.domain.schedules.rrule import RRuleSchedule  # noqa: PLC0415 - as above

            return RRuleSchedule(self.rrule, self.timezone or "UTC")
        if self.timezone is not None:
            from tidemill.domain.schedules.zones import zone_named  # noqa: PLC0415 - as above

            zone_named(self.timezone)
        return None


def Interval(  # noqa: N802 - the contract's name
    interval: timedelta | float | int,  # noqa: PYI041 - as the contract writes it
    /,
    anchor_date: datetime | None = None,
    timezone: str | None = None,
    active: bool = True,
    parameters: dict[str, Any] | None = None,
    slug: str | None = None,
) -> Schedule:
    """Every so often: ``interval`` is a duration or a number of seconds, at least one, counted from ``anchor_date``.

    The anchor is now by default, and one without a zone is in UTC. Below a day intervals are elapsed time; from a
    day on they keep the hour that clocks in ``timezone`` show.
    """
    from tidemill.domain.schedules.interval import checked_interval  # noqa: PLC0415 - loaded by who uses it

    return Schedule(
        interval=checked_interval(interval),
        anchor_date=_now() if anchor_date is None else anchor_date,
        timezone=timezone,
        active=active,
        parameters=parameters or {},
        slug=slug,
    )


def Cron(  # noqa: N802 - the contract's name
    cron: str,
    /,
    timezone: str | None = None,
    day_or: bool = True,
    active: bool = True,
    parameters: dict[str, Any] | None = None,
    slug: str | None = None,
) -> Schedule:
    """At the times that a cron expression names: five fields, or six with seconds behind them.

    Where days of the month and of the week are both named either is enough, unless ``day_or`` is false.
    """
    return Schedule(cron=cron, timezone=timezone, day_or=day_or, active=active, parameters=parameters or {}, slug=slug)


def RRule(  # noqa: N802 - the contract's name
    rrule: str,
    /,
    timezone: str | None = None,
    active: bool = True,
    parameters: dict[str, Any] | None = None,
    slug: str | None = None,
) -> Schedule:
    """At the times of a recurrence rule (RFC 5545), or of a set of them, one line each.

    Times in it are those that clocks in ``timezone`` show.
    """
    return Schedule(rrule=rrule, timezone=timezone, active=active, parameters=parameters or {}, slug=slug)
