"""Tasks run while their flow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Verdict
from tidemill.domain.states import StateDetails, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class PreventRunningTasksFromStoppedFlows(TaskRule):
    """A task run of a paused flow run is NotReady until that goes on; of one that does not run, it is aborted."""

    leads_to = frozenset({StateType.RUNNING})
    needs = frozenset({Fact.FLOW_RUN})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether the flow run is running."""
        if facts.flow_run is None:
            return Accept()
        state = facts.flow_run.state
        if state is not None and state.type is StateType.RUNNING:
            return Accept()
        if state is None or state.type is not StateType.PAUSED:
            is_now = "without a state" if state is None else state.name
            return Abort(f"The flow run is {is_now}, so its tasks do not run. Start it before its tasks.")
        details = StateDetails(
            pause_timeout=state.details.pause_timeout, pause_reschedule=state.details.pause_reschedule
        )
        reason = f"The flow run is {state.name}, so its tasks wait. Ask again when it goes on."
        return Reject(reason, proposed_state(StateType.PAUSED, "NotReady", now_us=facts.now_us, details=details))
