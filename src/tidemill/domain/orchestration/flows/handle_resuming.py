"""What becomes of a paused flow run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.pauses import timed_out_id, timed_out_message
from tidemill.domain.states import TERMINAL_STATES, StateType, to_us

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState

_GOES_ON: Final = frozenset({StateType.RUNNING, StateType.SCHEDULED})


class HandleResumingPausedFlows(FlowRule):
    """A paused run goes on, is cancelled or ends; after its time-out it fails, whatever is asked.

    One that goes on is marked as resuming, so that going on is not counted as another attempt.
    """

    comes_from = frozenset({StateType.PAUSED})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the pause may be left this way."""
        paused = run.state
        if paused is None or proposed.type is StateType.CANCELLING:
            return Accept()
        if proposed.type not in _GOES_ON | TERMINAL_STATES:
            return Reject(f"The flow run is {run.state_name}, so it cannot become {proposed.name}. Resume it first.")
        if paused.details.pause_reschedule and run.deployment_id is None:
            return Reject("The suspended flow run has no deployment, so nothing would start it again. Cancel it.")
        until = paused.details.pause_timeout
        if until is not None and to_us(until) < facts.now_us:
            message = timed_out_message(paused.name)
            failed = proposed_state(StateType.FAILED, now_us=facts.now_us, message=message, id=timed_out_id(paused.id))
            return Reject(f"{message}, so it has failed. Run it again if it is still wanted.", failed)
        if proposed.type in TERMINAL_STATES:
            return Accept()
        policy = msgspec.structs.replace(run.policy, resuming=True)
        return Accept(run=msgspec.structs.replace(run, policy=policy))
