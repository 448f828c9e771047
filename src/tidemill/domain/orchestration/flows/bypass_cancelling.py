"""Where nothing runs, nothing has to be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.pauses import goes_on_as
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class BypassCancellingFlowRunsWithNoInfra(FlowRule):
    """A flow run that no process holds is Cancelled at once; nobody would confirm its Cancelling.

    That is a scheduled one for which nothing was started, and one that was suspended or waits to be taken up again.
    """

    comes_from = frozenset({StateType.SCHEDULED, StateType.PAUSED})
    leads_to = frozenset({StateType.CANCELLING})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether there is something to stop."""
        if run.state is None:
            return Accept()
        left_behind = run.state_name == goes_on_as(held=False)[1]
        not_started = run.state_type is StateType.SCHEDULED and (left_behind or not run.infrastructure_pid)
        suspended = run.state_type is StateType.PAUSED and run.state.details.pause_reschedule
        if not not_started and not suspended:
            return Accept()
        reason = "Nothing is running for the flow run, so it is cancelled at once."
        cancelled = proposed_state(StateType.CANCELLED, now_us=facts.now_us, message=proposed.message)
        return Reject(reason, cancelled)
