"""A flow run of a deployment with a limit takes a slot before anything is started for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import RenewDeploymentLease
from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.flows.deployment_slots import (
    HOLDS_A_SLOT,
    cancel_new,
    is_full,
    lease_of,
    take_slot,
)
from tidemill.domain.orchestration.proposals import microseconds, scheduled_at
from tidemill.domain.orchestration.rule import ANY, FlowRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class SecureFlowConcurrencySlots(FlowRule):
    """Take a slot of the deployment's limit; where none is free, try again later or cancel, as the deployment says.

    A limit of nought aborts, since waiting would be for ever. A run whose lease is still good keeps its slot.
    """

    comes_from = ANY - HOLDS_A_SLOT
    leads_to = frozenset({StateType.PENDING})
    needs = frozenset({Fact.DEPLOYMENT_LIMIT, Fact.NEW_LEASE_ID})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether there is a slot."""
        limit = facts.deployment_limit
        if limit is None:
            return Accept()
        if limit.limit == 0:
            return Abort("The deployment's concurrency limit is 0, so it runs nothing. Raise the limit first.")
        lease = lease_of(run)
        if lease is not None and limit.lease_is_live:
            return Accept(effects=(RenewDeploymentLease(lease),))
        if limit.free > 0:
            return take_slot(run, proposed, limit, facts)
        if limit.strategy == "CANCEL_NEW":
            return cancel_new(limit, facts)
        at_us = facts.now_us + microseconds(facts.requeue_seconds)
        reason = f"{is_full(limit)}. The run is tried again in {facts.requeue_seconds:g} s."
        return Reject(reason, scheduled_at("AwaitingConcurrencySlot", at_us, now_us=facts.now_us, message=reason))
