"""A flow run that is over stays over, unless it is to run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.domain.orchestration.results import loses_result
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Verdict
from tidemill.domain.states import REOPENING, TERMINAL_STATES, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState

#: What comes too late for a run that is over.
TOO_LATE: Final = frozenset({StateType.CRASHED, StateType.PAUSED, StateType.CANCELLING})


class HandleFlowTerminalStateTransitions(FlowRule):
    """Guard finished flow runs: results are kept, and what is to run again starts afresh.

    It may be scheduled again where a deployment says how to run it, or taken up by a process that has it. Then it has
    passed no pauses, and its retries are those of a new start.
    """

    comes_from = TERMINAL_STATES

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the run may leave its final state."""
        if proposed.type in TOO_LATE:
            return Abort(f"The flow run is {run.state_name} already, so it cannot become {proposed.name}. Do nothing.")
        reason = loses_result(run.state, proposed)
        if reason is not None:
            return Reject(reason)
        if proposed.type not in REOPENING:
            return Accept()
        if proposed.type is StateType.SCHEDULED and run.deployment_id is None:
            return Abort(
                "A finished flow run cannot be scheduled again without a deployment, since nothing would start it."
                " Run the flow again, or create a deployment for it."
            )
        rescheduled = proposed.type is StateType.SCHEDULED
        policy = msgspec.structs.replace(
            run.policy, resuming=False, pause_keys=frozenset(), retry_type="reschedule" if rescheduled else None
        )
        return Accept(run=msgspec.structs.replace(run, policy=policy))
