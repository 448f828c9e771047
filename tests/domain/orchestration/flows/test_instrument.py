from __future__ import annotations

from tests.domain.orchestration.making import flow_run, knowing, proposing
from tidemill.domain.orchestration.effects import EmitStateChange
from tidemill.domain.orchestration.flows.instrument import InstrumentFlowRunStateTransitions


def test_a_state_change_is_an_event():
    run = flow_run("Running")

    followed = InstrumentFlowRunStateTransitions().follow(run, run, proposing("Completed"), knowing())

    assert followed.effects == (EmitStateChange("flow-run"),)
