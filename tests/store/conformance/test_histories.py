"""Histories of flow runs, which are mostly summed up beforehand, against a plain counting of the runs that there are."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.store.conformance.backends import FRESH
from tests.store.conformance.story import Story, an_id, created, state
from tests.store.conformance.told import KINDS, NOW, SECOND, Teller
from tidemill.domain.entries import RootHeld
from tidemill.domain.states import StateType, from_us, to_us
from tidemill.store.asking import all_rows
from tidemill.store.nouns import Wanted
from tidemill.wire.filters import FlowRunFilter
from tidemill.wire.operators import Names

MINUTE = 60 * SECOND
#: In the year 9999: 37 runs that are as late as that are more than 64 bits hold.
LAST = 253_402_200_000_000_000
KEPT = "SELECT state_type, state_name, below, sum(runs), sum(ran_us), sum(late_us) FROM flow_run_tally GROUP BY 1, 2, 3"
IN_TRUTH = """
SELECT state_type, state_name, CASE WHEN parent_task_run_id IS NULL THEN 0 ELSE 1 END, count(*), sum(total_run_time_us),
    sum(@greatest(0, coalesce(start_us, expected_start_us) - expected_start_us))
FROM flow_run WHERE state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') GROUP BY 1, 2, 3
"""
many = settings(
    max_examples=60 if FULL else 20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
kinds = st.sampled_from(KINDS)
minutes = st.integers(-200, 200)


@pytest.fixture(scope="module", params=FRESH)
def fresh(request):
    return FRESH[request.param]


class Telling:
    """Runs that are made, moved anywhere and deleted, by clients and by a process's journal."""

    def __init__(self, store):
        self.teller = Teller(store)
        self.flow = self.teller.flow()
        above = self.teller.flow_run(self.flow, "RUNNING")
        self.caller = self.teller.task_run(above)
        self.runs = [above]

    def make(self, kind, due, name, *, below):
        details = {"scheduled_time": from_us(NOW + due * MINUTE)}
        parent = self.caller if below else None
        self.teller.now = NOW + due * MINUTE
        self.runs.append(
            self.teller.flow_run(self.flow, kind, state_name=name, details=details, parent_task_run_id=parent)
        )

    def move(self, which, kind, due):
        self.teller.now += 7 * SECOND
        details = {"scheduled_time": from_us(NOW + due * MINUTE)} if kind is StateType.SCHEDULED else {}
        self.teller.propose(self.runs[which % len(self.runs)], kind, force=True, **details)

    def delete(self, which):
        if len(self.runs) > 1:
            self.teller.store.delete_flow_run(self.runs.pop(1 + which % (len(self.runs) - 1)))

    def report(self, number, kind, due):
        name, at = f"told-{number}", NOW + due * MINUTE
        run = an_id(name)
        Story(self.teller.store, f"process-{number}-{kind}-{due}").tell(
            RootHeld(run, 1),
            created(name, created_us=at),
            state(run, "RUNNING", at=at + 5),
            state(run, kind, at=at + SECOND, ordinal=1),
        )
        there = {
            found["id"] for found in runs_of(self.teller.store, NOW)
        }  # not where that was told before the deletion
        if run in there and run not in self.runs:
            self.runs.append(run)


steps = st.one_of(
    st.builds(
        lambda *a, below: ("make", a, {"below": below}),
        kinds,
        minutes,
        st.sampled_from([None, "Odd"]),
        below=st.booleans(),
    ),
    st.builds(lambda *a: ("move", a, {}), st.integers(0, 30), kinds, minutes),
    st.builds(lambda *a: ("delete", a, {}), st.integers(0, 30)),
    st.builds(lambda *a: ("report", a, {}), st.integers(0, 3), st.sampled_from(["COMPLETED", "FAILED"]), minutes),
)


def runs_of(store, now):
    return msgspec.json.decode(msgspec.json.encode(store.list_flow_runs(now=now, limit=1000)))


def us(text):
    return to_us(datetime.fromisoformat(text))


def plainly(runs, start, end, interval, fits):
    count, ran, late = Counter(), Counter(), Counter()
    for run in runs:
        expected = us(run["expected_start_time"])
        if run["state_type"] is None or not start <= expected < end or not fits(run, expected):
            continue
        key = ((expected - start) // interval, run["state_type"], run["state_name"])
        count[key] += 1
        ran[key] += round(run["estimated_run_time"] * SECOND)
        late[key] += round(run["estimated_start_time_delta"] * SECOND)
    return [(*key, count[key], ran[key] / SECOND, late[key] / SECOND) for key in sorted(count)]


def some(**fields):
    return st.fixed_dictionaries({}, optional=fields)


filters = some(
    state=some(
        type=some(any_=st.lists(kinds.map(str), max_size=3), not_any_=st.lists(kinds.map(str), max_size=2)),
        name=some(any_=st.lists(st.sampled_from(["Odd", "Completed", "Running"]), max_size=2)),
        operator=st.sampled_from(["and_", "or_"]),
    ),
    parent_task_run_id=some(is_null_=st.booleans()),
    expected_start_time=some(
        after_=minutes.map(lambda m: from_us(NOW + m * MINUTE).isoformat()),
        before_=minutes.map(lambda m: from_us(NOW + m * MINUTE).isoformat()),
    ),
    name=some(like_=st.sampled_from(["", "run"])),
    operator=st.sampled_from(["and_", "and_", "or_"]),
)


def fitting(asked):
    def answers(run, expected):
        said = asked.get("state", {})
        type_, name = said.get("type", {}), said.get("name", {})
        parts = []
        if "any_" in type_:
            parts.append(run["state_type"] in type_["any_"])
        if "not_any_" in type_:
            parts.append(run["state_type"] not in type_["not_any_"])
        of_type = [all(parts)] if parts else []
        of_name = [run["state_name"] in name["any_"]] if "any_" in name else []
        if of_type or of_name:
            yield (any if said.get("operator") == "or_" else all)(of_type + of_name)
        if "is_null_" in asked.get("parent_task_run_id", {}):
            yield (run["parent_task_run_id"] is None) == asked["parent_task_run_id"]["is_null_"]
        times = asked.get("expected_start_time", {})
        if times:
            yield (
                us(times.get("after_", "1970-01-02T00:00:00+00:00"))
                <= expected
                <= us(times.get("before_", "2970-01-01T00:00:00+00:00"))
            )
        if "like_" in asked.get("name", {}):
            yield asked["name"]["like_"] in run["name"]

    def fits(run, expected):
        found = list(answers(run, expected))
        return (any(found) if asked.get("operator") == "or_" else all(found)) if found else True

    return fits


@many
@given(
    told=st.lists(steps, max_size=25),
    start=minutes,
    length=st.integers(1, 400),
    interval=st.sampled_from([1, 60, 1800, 3600, 7 * 3600]),
    now=minutes,
    asked=filters,
)
def test_a_history_counts_the_runs_that_there_are(fresh, told, start, length, interval, now, asked):
    with fresh() as store:
        telling = Telling(store)
        for name, args, more in told:
            getattr(telling, name)(*args, **more)
        now, start = NOW + now * MINUTE, NOW + start * MINUTE + 17
        end = start + length * MINUTE
        wanted = Wanted(flow_runs=msgspec.convert(asked, FlowRunFilter, strict=False))

        found = store.history("flow_run", wanted, start=start, end=end, interval=interval * SECOND, now=now)

        runs, fits = runs_of(store, now), fitting(asked)
        assert found == plainly(runs, start, end, interval * SECOND, fits)
        assert store.count_listed_flow_runs(wanted) == sum(fits(run, us(run["expected_start_time"])) for run in runs)
        with store._connections.reading() as session:
            kept = [row for row in all_rows(session, KEPT) if any(row[3:])]
            assert sorted(kept) == sorted(all_rows(session, IN_TRUTH))


def test_many_runs_are_summed_up_within_their_intervals(fresh):
    with fresh() as store:
        telling = Telling(store)
        for minute in range(0, 240, 2):
            telling.make(StateType.COMPLETED, minute, None, below=minute % 4 == 0)
        start, end, now = NOW + 11 * MINUTE, NOW + 200 * MINUTE, NOW + 1000 * MINUTE

        found = store.history("flow_run", Wanted(), start=start, end=end, interval=3600 * SECOND, now=now)

        assert found == plainly(runs_of(store, now), start, end, 3600 * SECOND, fitting({}))
        assert sum(row[3] for row in found) > 90


def test_absurd_times_of_many_runs_keep_none_from_ending_and_no_history_from_being_told(fresh):
    with fresh() as store:
        telling = Telling(store)
        for number in range(60):
            telling.make(StateType.PENDING, 0, None, below=False)
            run, telling.teller.now = telling.runs[-1], LAST
            telling.teller.propose(run, StateType.RUNNING, force=True)
            if number % 2:
                telling.teller.propose(run, StateType.COMPLETED, force=True)
        window = {"start": NOW, "end": NOW + MINUTE, "interval": MINUTE, "now": LAST}

        counted = store.history("flow_run", Wanted(flow_runs=FlowRunFilter()), **window)
        by_run = store.history("flow_run", Wanted(flow_runs=FlowRunFilter(name=Names(like_=""))), **window)

        expected = pytest.approx(30 * (LAST - NOW) / SECOND)
        assert [row[1:4] for row in counted] == [("COMPLETED", "Completed", 30), ("RUNNING", "Running", 31)]
        assert [row[5] for row in counted] == [expected, expected]
        assert [row[:4] for row in by_run] == [row[:4] for row in counted]
        for _ in range(60):
            telling.delete(0)
        assert [row[3] for row in store.history("flow_run", Wanted(), **window)] == [1]
