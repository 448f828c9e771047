"""What rules about a deployment's slots share: who is full, who can renew, and what becomes of one too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.effects import TakeDeploymentSlot
from tidemill.domain.orchestration.proposals import proposed_state, with_details
from tidemill.domain.orchestration.verdicts import Accept, Reject
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import DeploymentLimit, Facts, FlowRunFacts, ProposedState

#: A run in one of these has its deployment's slot.
HOLDS_A_SLOT: Final = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING})
#: The first version of clients that renew the lease of their slot.
_RENEWING: Final = (3, 4, 11)


def renews_leases(client_version: str | None) -> bool:
    """Whether a client of this version renews the lease of its slot. What says nothing does not."""
    if client_version is None:
        return False
    parts = client_version.split(".")[:3]
    if len(parts) < len(_RENEWING) or not all(part.isdecimal() for part in parts):
        return False
    return tuple(int(part) for part in parts) >= _RENEWING


def lease_of(run: FlowRunFacts) -> str | None:
    """The lease that the run's present state names."""
    return None if run.state is None else run.state.details.deployment_concurrency_lease_id


def take_slot(run: FlowRunFacts, proposed: ProposedState, limit: DeploymentLimit, facts: Facts) -> Accept[FlowRunFacts]:
    """Accept, with a slot under a new lease."""
    taken = TakeDeploymentSlot(limit.id, facts.new_lease_id, run.id, limit.grace_seconds)
    return Accept(with_details(proposed, deployment_concurrency_lease_id=facts.new_lease_id), effects=(taken,))


def cancel_new(limit: DeploymentLimit, facts: Facts) -> Reject[FlowRunFacts]:
    """What becomes of a run for which the full deployment has no use later."""
    reason = f"{is_full(limit)}, and it cancels new ones. Raise its concurrency limit, or let it enqueue them."
    return Reject(reason, proposed_state(StateType.CANCELLED, now_us=facts.now_us, message=reason))


def is_full(limit: DeploymentLimit) -> str:
    """How it is said that there is no slot."""
    return f"The deployment runs as many flow runs as its concurrency limit of {limit.limit} allows"
