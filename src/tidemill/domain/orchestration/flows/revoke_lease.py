"""Who cannot renew a lease does not lose its slot for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import RevokeDeploymentLease
from tidemill.domain.orchestration.flows.deployment_slots import lease_of, renews_leases
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class RemoveDeploymentConcurrencyLeaseForOldClientVersions(FlowRule):
    """End the lease, but not the slot, of a run whose client is too old to renew it, or does not say how old it is."""

    comes_from = frozenset({StateType.PENDING})
    leads_to = frozenset({StateType.RUNNING, StateType.CANCELLING})

    def follow(
        self, before: FlowRunFacts, after: FlowRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[FlowRunFacts]:
        """The lease ends."""
        lease = lease_of(before)
        if lease is None or renews_leases(facts.client_version):
            return Followed()
        return Followed(effects=(RevokeDeploymentLease(lease),))
