"""A late flow run is not kept waiting for a deployment that has no use for late ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.flows.deployment_slots import cancel_new
from tidemill.domain.orchestration.flows.late import LATE
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class EnforceDeploymentConcurrencyOnLate(FlowRule):
    """Cancel a run that is late because its deployment is full, where the deployment cancels new runs."""

    comes_from = frozenset({StateType.SCHEDULED})
    leads_to = frozenset({StateType.SCHEDULED})
    needs = frozenset({Fact.DEPLOYMENT_LIMIT})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether waiting on makes sense."""
        limit = facts.deployment_limit
        if proposed.name != LATE or limit is None or limit.strategy != "CANCEL_NEW" or limit.free > 0:
            return Accept()
        return cancel_new(limit, facts)
