"""How long to wait before a server is asked again."""

from __future__ import annotations

import random
from math import isfinite, nan
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a server answers that may answer otherwise soon.
AWAY: Final = frozenset({408, 429, 502, 503, 504})
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
_JITTER: Final = 0.5


def wait_before(attempt: int, asked: float | None = None, *, jitter: float = _JITTER) -> float:
    """Seconds to wait before an attempt after the first, which is 1: what the server asked for, else ever longer.

    Spread by ``jitter``, so that many clients do not come back at once; never less than the server asked for.
    """
    if asked is not None:
        return asked * (1 + random.uniform(0, jitter))  # noqa: S311 - nobody's secret
    base = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    return base * random.uniform(1 - min(jitter, 1.0), 1 + jitter)  # noqa: S311 - as above


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asked to wait for, if it did: as a number, or as a moment by its own clock."""
    said = _header(headers, "Retry-After")
    try:
        seconds = float(said)
    except ValueError:
        seconds = _between(_header(headers, "Date"), said)
    return max(0.0, seconds) if isfinite(seconds) else None


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name) or headers.get(name.lower()) or ""


def _between(earlier: str, later: str) -> float:
    """The seconds between two moments as HTTP has them; not a number where one is no such moment."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - most servers say a number

    try:
        return (parsedate_to_datetime(later) - parsedate_to_datetime(earlier)).total_seconds()
    except (TypeError, ValueError):
        return nan
