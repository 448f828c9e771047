"""Flow runs by interval and state, where most of them are counted already: ``flow_run_tally``, step 12 of the schema.

Half an hour of the tally that lies within one interval is taken as it is; one that is cut is counted run by run, and so
is what is not over. What is cut is told by when the runs of that half hour were expected, not by where it ends: a burst
of runs is rarely cut, however many they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.states import TERMINAL_STATES, StateType, to_us
from tidemill.store.asking import all_rows, scalar
from tidemill.store.finding import Bindings, Noun
from tidemill.store.nouns import FLOW_RUNS, Wanted
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
LATE: Final = f"""@greatest(0, coalesce({{t}}.start_us,
    CASE WHEN {{t}}.state_type IN {_OVER} THEN {{expected}} ELSE :now END) - {{expected}})"""

_WHOLE: Final = """counted.first_us >= :first AND counted.last_us < :last
        AND (counted.first_us - :begin) / :interval = (counted.last_us - :begin) / :interval"""
_NOT_OVER: Final = [f"'{kind}'" for kind in StateType if kind not in TERMINAL_STATES]
_KINDS: Final = " UNION ALL ".join(f"SELECT {kind} AS state_type" for kind in _NOT_OVER)
#: All of a state within a time, from the index of states. What it is joined to is looked at once for each of those.
_RUNS: Final = "FROM flow_run WHERE flow_run.state_type = {0}.state_type AND flow_run.state_name = {0}.state_name"
_NEXT: Final = f"""(SELECT min(flow_run.expected_start_us) {_RUNS}
        AND flow_run.expected_start_us >= {{1}} AND flow_run.expected_start_us < {{0}}.last_us)"""
_NEXT_INTERVAL: Final = ":begin + ((stretch.first_us - :begin) / :interval + 1) * :interval"
#: How many runs of a stretch there are, how long they ran, how late they began; what is the same for all of a state is
#: not asked for each of them.
_SUMS: Final = f"""(SELECT @array(count(*), @total({{0}}),
        @total(@greatest(0, coalesce(flow_run.start_us, {{1}}) - flow_run.expected_start_us)))
    {_RUNS.format("stretch")} AND flow_run.expected_start_us >= stretch.first_us
        AND flow_run.expected_start_us < @least(stretch.last_us, {_NEXT_INTERVAL}) AND {{{{asked}}}})"""
#: ``piece``: what is to be counted run by run. ``stretch``: what of it is in one interval, from the first run there on.
#: Each is summed up by itself, which spares sorting the runs.
_HISTORY: Final = f"""
WITH RECURSIVE counted AS MATERIALIZED (
    SELECT tally.state_type, tally.state_name, sum(tally.runs) AS runs, @total(tally.ran_us) AS ran_us,
        @total(tally.late_us) AS late_us, min(tally.first_us) AS first_us, max(tally.last_us) AS last_us
    FROM flow_run_tally AS tally
    WHERE tally.bucket >= :earliest AND tally.bucket <= :latest AND {{tallied}}
    GROUP BY tally.bucket, tally.state_type, tally.state_name HAVING sum(tally.runs) > 0),
named (state_type, state_name) AS (
    SELECT kind.state_type, (SELECT min(flow_run.state_name) FROM flow_run
        WHERE flow_run.state_type = kind.state_type) FROM ({_KINDS}) AS kind
    UNION ALL
    SELECT named.state_type, (SELECT min(flow_run.state_name) FROM flow_run
        WHERE flow_run.state_type = named.state_type AND flow_run.state_name > named.state_name)
    FROM named WHERE named.state_name IS NOT NULL),
piece (state_type, state_name, first_us, last_us) AS (
    SELECT named.state_type, named.state_name, :first, :last FROM named
    WHERE named.state_name IS NOT NULL AND {{named}}
    UNION ALL
    SELECT counted.state_type, counted.state_name, @greatest(counted.first_us, :first),
        @least(counted.last_us + 1, :last) FROM counted WHERE NOT ({_WHOLE})),
stretch (state_type, state_name, first_us, last_us) AS (
    SELECT piece.state_type, piece.state_name, {_NEXT.format("piece", "piece.first_us")}, piece.last_us FROM piece
    UNION ALL
    SELECT stretch.state_type, stretch.state_name, {_NEXT.format("stretch", _NEXT_INTERVAL)}, stretch.last_us
    FROM stretch WHERE stretch.first_us IS NOT NULL),
summed (place, state_type, state_name, sums) AS (
    SELECT (stretch.first_us - :begin) / :interval, stretch.state_type, stretch.state_name,
        CASE WHEN stretch.state_type = 'RUNNING' THEN {_SUMS.format(RAN.format(t="flow_run"), ":now")}
            WHEN stretch.state_type IN {_OVER} THEN
                {_SUMS.format("flow_run.total_run_time_us", "flow_run.expected_start_us")}
            ELSE {_SUMS.format("flow_run.total_run_time_us", ":now")} END
    FROM stretch WHERE stretch.first_us IS NOT NULL @evaluated_once())
SELECT found.place, found.state_type, found.state_name, sum(found.runs), @total(found.ran_us), @total(found.late_us)
FROM (
    SELECT (counted.first_us - :begin) / :interval AS place, counted.state_type AS state_type,
        counted.state_name AS state_name, counted.runs AS runs, counted.ran_us AS ran_us, counted.late_us AS late_us
    FROM counted WHERE {_WHOLE}
    UNION ALL
    SELECT summed.place, summed.state_type, summed.state_name, @of(summed.sums, $[0], int),
        @of(summed.sums, $[1], real), @of(summed.sums, $[2], real) FROM summed
) AS found GROUP BY 1, 2, 3 HAVING sum(found.runs) > 0 ORDER BY 1, 2, 3
"""
_COUNT: Final = f"""
SELECT (SELECT coalesce(sum(tally.runs), 0) FROM flow_run_tally AS tally WHERE {{tallied}})
    + (SELECT count(*) FROM flow_run WHERE flow_run.state_type IN ({", ".join(_NOT_OVER)}) AND {{asked}})
    + (SELECT count(*) FROM flow_run WHERE flow_run.state_type IS NULL AND {{asked}})
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
    sql = _HISTORY.format(
        tallied=_TALLIES.where(asked, bindings),
        named=_NAMED.where(asked, bindings),
        asked=FLOW_RUNS.where(msgspec.structs.replace(asked, state=None), bindings),
    )
    return all_rows(session, sql, bindings)


def counted(session: Session, asked: FlowRunFilter) -> int:
    """How many there are of what ``is_counted``, whenever they were expected."""
    bindings = Bindings()
    sql = _COUNT.format(tallied=_TALLIES.where(asked, bindings), asked=FLOW_RUNS.where(asked, bindings))
    return int(scalar(session, sql, bindings))


def _below(given: CombinedIdsOrNull, bindings: Bindings) -> str:
    return "" if given.is_null_ is None else f"1 - tally.below = {bindings.bind(given.is_null_)}"


_TALLIED: Final[dict[str, Any]] = {
    "state.type": "tally.state_type",
    "state.name": "tally.state_name",
    "parent_task_run_id": _below,
}
_TALLIES: Final = Noun(_TALLIED)
_NAMED: Final = Noun(
    {
        "state.type": "named.state_type",
        "state.name": "named.state_name",
        "parent_task_run_id": lambda _given, _bindings: "",
    }
)
