"""A state says whose it is."""

from __future__ import annotations

from typing import Any

import msgspec

from tidemill.domain.orchestration.effects import SetParentTaskRunState
from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState, RunFacts, TaskRunFacts
from tidemill.domain.orchestration.proposals import with_details
from tidemill.domain.orchestration.rule import FlowRule, Rule
from tidemill.domain.orchestration.verdicts import Accept, Followed, Verdict


class UpdateStateDetails(Rule[Any]):
    """Write the ids of the flow run and the task run into the state."""

    always = True

    def judge(self, run: RunFacts, proposed: ProposedState, facts: Facts) -> Verdict[Any]:
        """The state with its ids."""
        if isinstance(run, TaskRunFacts):
            return Accept(with_details(proposed, flow_run_id=run.flow_run_id, task_run_id=run.id))
        return Accept(with_details(proposed, flow_run_id=run.id))


class UpdateSubflowStateDetails(FlowRule):
    """Write the id of the task run that stands for a subflow run into its state."""

    always = True

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """The state with its parent."""
        if run.parent_task_run_id is None:
            return Accept()
        return Accept(with_details(proposed, task_run_id=run.parent_task_run_id))


class UpdateSubflowParentTask(FlowRule):
    """The task run that stands for a subflow run in its parent is in the same state."""

    always = True

    def follow(
        self, before: FlowRunFacts, after: FlowRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[FlowRunFacts]:
        """The state for the parent's task run, with an id of its own."""
        if before.parent_task_run_id is None:
            return Followed()
        same = msgspec.structs.replace(with_details(written, child_flow_run_id=before.id), id=None)
        return Followed(effects=(SetParentTaskRunState(before.parent_task_run_id, same),))
