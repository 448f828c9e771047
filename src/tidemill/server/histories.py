"""Histories: how many runs were in which state, interval by interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.states import StateType, from_us, to_us
from tidemill.server.refusals import not_valid
from tidemill.wire.states import HistoryResponse, HistoryResponseState

if TYPE_CHECKING:
    from datetime import datetime

    from tidemill.server.calls import Call
    from tidemill.store.nouns import Wanted

_SECOND_US: Final = 1_000_000
#: As many intervals are answered at most, from the first on.
MOST_INTERVALS: Final = 500
#: A year 9999 is the last that a time can be of.
_LAST_US: Final = 253_402_300_799_999_999


def history(
    call: Call, table: str, wanted: Wanted, start: datetime, end: datetime, seconds: float
) -> list[HistoryResponse]:
    """Every interval from start to end, those without runs too."""
    if not 1 <= seconds < _LAST_US / _SECOND_US:
        raise not_valid("body", "expected an interval of a second at least", "history_interval_seconds")
    first, interval = to_us(start), round(seconds * _SECOND_US)
    count = min(MOST_INTERVALS, max(0, -(-(to_us(end) - first) // interval)))
    last = min(to_us(end), first + count * interval)
    found: dict[int, list[HistoryResponseState]] = {}
    rows = call.store.history(table, wanted, start=first, end=last, interval=interval, now=call.now) if count else []
    for place, kind, name, runs, ran, late in rows:
        said = HistoryResponseState(
            count_runs=runs,
            state_name=name,
            state_type=StateType(kind),
            sum_estimated_lateness=late,
            sum_estimated_run_time=ran,
        )
        found.setdefault(place, []).append(said)
    return [
        HistoryResponse(
            interval_end=from_us(min(_LAST_US, first + (place + 1) * interval)),
            interval_start=from_us(first + place * interval),
            states=found.get(place, []),
        )
        for place in range(count)
    ]
