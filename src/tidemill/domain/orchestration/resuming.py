"""What the request to resume a flow run comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.judging import Judgement, judge
from tidemill.domain.orchestration.policies import CORE_FLOW_POLICY
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.pauses import goes_on_as, resumed_id
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, PresentState, ProposedState


def judge_resumption(run: FlowRunFacts, facts: Facts, *, input_problem: str | None = None) -> Judgement[FlowRunFacts]:
    """Let a paused run go on: in its process where it waits there, or else as Resuming for whoever starts it again.

    ``input_problem`` says what is wrong with the answers that came along, if the pause asked for any and they do not
    fit; the run stays paused then. One that is not paused is aborted, one whose pause has timed out fails.
    """
    paused = run.state
    if paused is None or paused.type is not StateType.PAUSED:
        is_now = "without a state" if paused is None else paused.name
        reason = f"The flow run is not paused but {is_now}, so it cannot be resumed. Do nothing."
        return Judgement(status="ABORT", run=run, reason=reason)
    if input_problem is not None:
        reason = f"The flow run stays paused, since its input does not fit: {input_problem}. Send it again."
        return Judgement(status="REJECT", run=run, reason=reason)
    return judge(CORE_FLOW_POLICY, run, resumption_of(paused, now_us=facts.now_us), facts)


def resumption_of(paused: PresentState, *, now_us: int) -> ProposedState:
    """The state that resuming a pause proposes; its id tells the waiting flow that somebody gave it leave."""
    kind, name = goes_on_as(held=not paused.details.pause_reschedule)
    return proposed_state(kind, name, now_us=now_us, id=resumed_id(paused.id))
