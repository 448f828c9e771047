"""A flow run begins with its slot in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import RenewDeploymentLease
from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.flows.deployment_slots import is_full, lease_of, renews_leases, take_slot
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class ValidateDeploymentConcurrencyAtRunning(FlowRule):
    """Renew the lease of the slot. Where it ran out while the run was being started, take another slot, or cancel.

    It asks nothing of clients that cannot renew a lease, and of runs that were never given one.
    """

    comes_from = frozenset({StateType.PENDING})
    leads_to = frozenset({StateType.RUNNING})
    needs = frozenset({Fact.DEPLOYMENT_LIMIT, Fact.NEW_LEASE_ID})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the run still has its slot, or can have another."""
        limit, lease = facts.deployment_limit, lease_of(run)
        if limit is None or lease is None or not renews_leases(facts.client_version):
            return Accept()
        if limit.lease_is_live:
            return Accept(effects=(RenewDeploymentLease(lease),))
        if limit.free > 0:
            return take_slot(run, proposed, limit, facts)
        reason = (
            f"Starting the flow run took longer than its slot was held, and another took it: {is_full(limit)}."
            " Run it again, and raise the limit or the deployment's grace period if this happens often."
        )
        return Reject(reason, proposed_state(StateType.CANCELLED, now_us=facts.now_us, message=reason))
