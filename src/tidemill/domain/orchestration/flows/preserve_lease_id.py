"""The lease of a deployment's slot goes from state to state with the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.proposals import with_details
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Verdict

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class PreserveDeploymentConcurrencyLeaseId(FlowRule):
    """Carry the lease id to the next state, unless that names one."""

    always = True

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """The proposal with its lease id."""
        lease = None if run.state is None else run.state.details.deployment_concurrency_lease_id
        if lease is None or proposed.details.deployment_concurrency_lease_id is not None:
            return Accept()
        return Accept(with_details(proposed, deployment_concurrency_lease_id=lease))
