"""A flow run that is no longer under way gives its deployment's slot back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import ReleaseDeploymentSlot
from tidemill.domain.orchestration.flows.deployment_slots import HOLDS_A_SLOT, lease_of
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class ReleaseFlowConcurrencySlots(FlowRule):
    """Give the slot back, save where the run waits within its process for its next try.

    Such a run has its slot while it is scheduled too, and gives it back from there.
    """

    always = True

    def follow(
        self, before: FlowRunFacts, after: FlowRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[FlowRunFacts]:
        """The slot, if the run has one to give."""
        if before.deployment_id is None or written.type in HOLDS_A_SLOT:
            return Followed()
        if written.type is StateType.SCHEDULED and after.policy.retry_type == "in_process":
            return Followed()
        waited_with_slot = before.state_type is StateType.SCHEDULED and before.policy.retry_type == "in_process"
        if before.state_type not in HOLDS_A_SLOT and not waited_with_slot:
            return Followed()
        return Followed(effects=(ReleaseDeploymentSlot(before.deployment_id, before.id, lease_of(before)),))
