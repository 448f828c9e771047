"""How often a run began, and whether it is going on from a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.rule import FlowRule, TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Verdict
from tidemill.domain.states import TERMINAL_STATES, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState, TaskRunFacts


class IncrementFlowRunCount(FlowRule):
    """A flow run that begins to run has begun once more, unless it goes on from a pause."""

    always = True

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """The run with its count."""
        if proposed.type is not StateType.RUNNING or run.policy.resuming:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, run_count=run.run_count + 1))


class IncrementTaskRunCount(TaskRule):
    """A task run that begins to run has begun once more."""

    always = True

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """The run with its count."""
        if proposed.type is not StateType.RUNNING:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, run_count=run.run_count + 1))


class RemoveResumingIndicator(FlowRule):
    """A run that runs or has ended is no longer going on from a pause."""

    always = True

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """The run without the mark."""
        ended = proposed.type is StateType.RUNNING or proposed.type in TERMINAL_STATES
        if not ended or not run.policy.resuming:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, policy=msgspec.structs.replace(run.policy, resuming=False)))
