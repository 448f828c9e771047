"""From Cancelling there is one way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.rule import ALL, FlowRule
from tidemill.domain.orchestration.verdicts import Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class EnforceCancellingToCancelledTransition(FlowRule):
    """A flow run that is being cancelled becomes Cancelled, whatever its code came to."""

    comes_from = frozenset({StateType.CANCELLING})
    leads_to = ALL - {StateType.CANCELLED}

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """No."""
        return Reject(f"The flow run is being cancelled, so it cannot become {proposed.name}. Propose Cancelled.")
