"""Only what waits for its time can be late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState

LATE: Final = "Late"


class EnsureOnlyScheduledFlowsMarkedLate(FlowRule):
    """A flow run becomes Late from a scheduled state, and once."""

    leads_to = frozenset({StateType.SCHEDULED})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the run can be late."""
        if proposed.name != LATE or run.state is None:
            return Accept()
        if run.state_type is StateType.SCHEDULED and run.state_name != LATE:
            return Accept()
        return Reject(f"The flow run is {run.state_name}; only a scheduled one that is not Late yet becomes Late.")
