"""Flow runs by interval and state, where most of them are counted already: ``flow_run_tally``, step 12 of the schema.

Half an hour of the tally that lies within one interval is taken as it is; one that is cut is counted run by run, and so
is what is not over. What is cut is told by when the runs of that half hour were expected, not by where it ends: a burst
of runs is rarely cut, however many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.states import to_us
from tidemill.store.asking import all_rows
from tidemill.store.finding import Bindings, Noun
from tidemill.store.nouns import FLOW_RUNS, Wanted
from tidemill.store.picking import one_by_one
from tidemill.wire.filters import FlowRunFilter
from tidemill.wire.operators import Operator

if TYPE_CHECKING:
    from tidemill.store.asking import Row
    from tidemill.store.session import Session
    from tidemill.wire.operators import CombinedIdsOrNull

#: What the tally counts together; the triggers that keep the tally say it too.
BUCKET_US: Final = 1_800_000_000
_OVER: Final = "('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')"
#: How long a run ran until ``:now``, and by how much it began late, or is late by now.
RAN: Final = """{t}.total_run_time_us + CASE WHEN {t}.state_type = 'RUNNING'
    THEN @greatest(0, :now - coalesce({t}.state_us, :now)) ELSE 0 END"""
LATE: Final = f"""CASE WHEN {{t}}.start_us IS NOT NULL THEN @greatest(0, {{t}}.start_us - {{expected}})
    WHEN coalesce({{t}}.state_type, 'PENDING') IN {_OVER} THEN 0
    ELSE @greatest(0, :now - {{expected}}) END"""

_IN_TIME: Final = "flow_run.expected_start_us >= :first AND flow_run.expected_start_us < :last"
_BY_RUN: Final = f"""
    SELECT (flow_run.expected_start_us - :begin) / :interval AS place, flow_run.state_type AS state_type,
        flow_run.state_name AS state_name, 1 AS runs, {RAN.format(t="flow_run")} AS ran_us,
        {LATE.format(t="flow_run", expected="flow_run.expected_start_us")} AS late_us"""
_WHOLE: Final = """counted.first_us >= :first AND counted.last_us < :last
        AND (counted.first_us - :begin) / :interval = (counted.last_us - :begin) / :interval"""
_COUNTED_THERE: Final = """flow_run.state_type = counted.state_type AND flow_run.state_name = counted.state_name
        AND flow_run.expected_start_us >= counted.first_us AND flow_run.expected_start_us <= counted.last_us"""
_HISTORY: Final = f"""
WITH counted AS MATERIALIZED (
    SELECT tally.state_type, tally.state_name, sum(tally.runs) AS runs, sum(tally.ran_us) AS ran_us,
        sum(tally.late_us) AS late_us, min(tally.first_us) AS first_us, max(tally.last_us) AS last_us
    FROM flow_run_tally AS tally
    WHERE tally.bucket >= :earliest AND tally.bucket <= :latest AND {{tallied}}
    GROUP BY tally.bucket, tally.state_type, tally.state_name HAVING sum(tally.runs) > 0)
SELECT found.place, found.state_type, found.state_name, sum(found.runs), sum(found.ran_us), sum(found.late_us) FROM (
    SELECT (counted.first_us - :begin) / :interval AS place, counted.state_type AS state_type,
        counted.state_name AS state_name, counted.runs AS runs, counted.ran_us AS ran_us, counted.late_us AS late_us
    FROM counted WHERE {_WHOLE}
    UNION ALL
    {_BY_RUN} FROM counted CROSS JOIN {one_by_one("flow_run", _COUNTED_THERE)}
    WHERE NOT ({_WHOLE}) AND {_COUNTED_THERE} AND {_IN_TIME} AND {{asked}}
    UNION ALL
    {_BY_RUN} FROM flow_run
    WHERE flow_run.state_type IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')
        AND {_IN_TIME} AND {{asked}}
) AS found GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_COUNTED: Final = frozenset({"operator", "state", "parent_task_run_id", "expected_start_time"})


def is_counted(wanted: Wanted) -> bool:
    """Whether nothing is asked but what the tally can tell: states, whether a task run called, when it was expected."""
    asked = wanted.flow_runs
    if wanted != Wanted(flow_runs=asked):
        return False
    if asked is None:
        return True
    given = {name for name in asked.__struct_fields__ if getattr(asked, name) is not None}
    if asked.operator is Operator.OR or not given <= _COUNTED:
        return False
    return asked.parent_task_run_id is None or asked.parent_task_run_id.any_ is None


def counted_history(session: Session, wanted: Wanted, *, start: int, end: int, interval: int, now: int) -> list[Row]:
    """Of what ``is_counted``: number of the interval, type, name, runs, microseconds they ran, and were late."""
    asked = wanted.flow_runs or FlowRunFilter()
    first, last = start, end
    if (times := asked.expected_start_time) is not None:
        first = first if times.after_ is None else max(first, to_us(times.after_))
        last = last if times.before_ is None else min(last, to_us(times.before_) + 1)
        asked = msgspec.structs.replace(asked, expected_start_time=None)
    bindings = Bindings(
        now=now, begin=start, interval=interval, first=first, last=last,
        earliest=first // BUCKET_US - 1, latest=last // BUCKET_US + 1,
    )  # fmt: skip
    sql = _HISTORY.format(tallied=_TALLIES.where(asked, bindings), asked=FLOW_RUNS.where(asked, bindings))
    return all_rows(session, sql, bindings)


def _below(given: CombinedIdsOrNull, bindings: Bindings) -> str:
    return "" if given.is_null_ is None else f"1 - tally.below = {bindings.bind(given.is_null_)}"


_TALLIED: Final[dict[str, Any]] = {
    "state.type": "tally.state_type",
    "state.name": "tally.state_name",
    "parent_task_run_id": _below,
}
_TALLIES: Final = Noun(_TALLIED)
