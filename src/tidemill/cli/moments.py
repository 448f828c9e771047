"""Times and durations for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_STEPS: Final = (("d", 86_400), ("h", 3_600), ("m", 60))
_JUST_NOW: Final = 1.0


def ago(moment: datetime | None, now: datetime) -> str:
    """``3m ago``, ``in 2h``, ``just now``; older than a month, the date. ``now`` must be aware."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < _JUST_NOW:
        return "just now"
    if abs(seconds) >= 30 * 86_400:
        return moment.astimezone(UTC).strftime("%Y-%m-%d")
    span = _largest(abs(seconds))
    return f"{span} ago" if seconds > 0 else f"in {span}"


def span(duration: timedelta | float | None) -> str:
    """``12ms``, ``3.4s``, ``2m 05s``, ``1h 02m``, ``3d 4h``; a number is seconds."""
    if duration is None:
        return ""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    if seconds < 0:
        return f"-{span(-seconds)}"
    if round(seconds, 3) < 1:
        return f"{seconds * 1000:.0f}ms"
    if round(seconds, 1) < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f}s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes}m {left:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m" if hours < 24 else f"{hours // 24}d {hours % 24}h"  # noqa: PLR2004 - a day


def _largest(seconds: float) -> str:
    for unit, size in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"


def local(moment: datetime | None) -> str:
    """Date and time to the second, in this machine's time zone."""
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def now_from(now_us: int) -> datetime:
    """The moment of a clock's microseconds."""
    return datetime.fromtimestamp(now_us / 1_000_000, UTC)
