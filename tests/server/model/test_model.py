"""I3 to I7: whatever clients, processes, time and services do in whatever order, the server is where the model is."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from tests.server.model.asked_runs import AskedRuns
from tests.server.model.by_itself import ByItself
from tests.server.model.limited_deployments import LimitedDeployments
from tests.server.model.nested_runs import NestedRuns
from tests.server.model.recorded_runs import RecordedRuns
from tests.server.model.taken_slots import TakenSlots
from tests.store.conformance.backends import FRESH


class Runs(AskedRuns, RecordedRuns, ByItself):
    """Runs, those who report them, and schedules."""

    @initialize(whole=st.booleans(), due=st.sampled_from([None, 0]), deployed=st.booleans())
    def something_is_under_way(self, whole, due, deployed):
        self.make_a_run(None, due, deployed)
        self.a_process_begins()
        self.runs_of(next(iter(self.processes.values())), whole)

    @invariant()
    def runs_are_where_the_model_is(self):
        shown = self.shown()
        assert shown.keys() == self.runs.keys()
        for run in self.runs.values():
            present = shown[run.id]
            said = None if present is None else (present["id"], present["type"], present["name"])
            assert said == ((*run.past[-1], run.name) if run.past else None), run

    def comes_to_rest(self):
        self.nothing_past_has_changed()
        super().comes_to_rest()
        self.nothing_past_has_changed()

    def nothing_past_has_changed(self):
        """I3: the states are without a gap, and each is there once."""
        for run in self.runs.values():
            told = self.ok("GET", f"/flow_run_states/?flow_run_id={run.id}")
            assert [(one["id"], one["type"]) for one in told] == run.past, run


class Slots(TakenSlots, ByItself):
    """Slots, and who takes them."""

    @invariant()
    def slots_are_what_the_model_counts(self):
        found = self.ok("POST", "/v2/concurrency_limits/filter", {})
        counted = {name: (limit.slots, limit.active(self.now)) for name, limit in self.limits.items()}
        assert {one["name"]: (one["limit"], one["active_slots"]) for one in found} == counted


class Nested(NestedRuns):
    """Runs within runs."""

    @invariant()
    def stand_ins_are_where_their_runs_are(self):
        self.who_stands_for_a_run_is_where_that_is()


#: How many stories are made up; on PostgreSQL each takes five times as long.
FULL = {"sqlite": 150, "postgres": 30}


@pytest.mark.parametrize("dialect", ["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
@pytest.mark.parametrize(
    "subject",
    [
        Runs,
        Slots,
        pytest.param(Nested, marks=pytest.mark.thorough),
        pytest.param(LimitedDeployments, marks=pytest.mark.thorough),
    ],
)
def test_the_server_is_where_the_model_is(subject, dialect, full_faults):
    machine = type(
        f"{subject.__name__}On{dialect.capitalize()}", (subject,), {"open_store": staticmethod(FRESH[dialect])}
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=FULL[dialect] if full_faults else 6,
            stateful_step_count=50 if full_faults else 30,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
