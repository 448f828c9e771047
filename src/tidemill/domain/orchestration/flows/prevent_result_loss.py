"""Even by force, a completed flow run does not lose its result to a completed state without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.results import replaces_result
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import TERMINAL_STATES

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class PreventResultDataLoss(FlowRule):
    """Reject a completed state without a result after one with a kept result."""

    comes_from = TERMINAL_STATES
    leads_to = TERMINAL_STATES

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the result survives."""
        reason = replaces_result(run.state, proposed)
        return Accept() if reason is None else Reject(reason)
