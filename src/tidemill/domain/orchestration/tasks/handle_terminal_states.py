"""A task run that is over stays over, unless it is to run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.flows.handle_terminal_states import TOO_LATE
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Reject, Verdict
from tidemill.domain.states import REOPENING, TERMINAL_STATES, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class HandleTaskTerminalStateTransitions(TaskRule):
    """Guard finished task runs: results are kept, and one that is to run again counts its tries afresh.

    In a new attempt of its flow run it is named Retrying.
    """

    comes_from = TERMINAL_STATES
    needs = frozenset({Fact.FLOW_RUN})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether the run may leave its final state."""
        if proposed.type in TOO_LATE:
            return Abort(f"The task run is {run.state_name} already, so it cannot become {proposed.name}. Do nothing.")
        if run.state is not None and run.state.type is StateType.COMPLETED and run.state.has_result:
            return Reject("The task run is completed and its result is kept, so it stays as it is. Use the result.")
        if proposed.type not in REOPENING:
            return Accept()
        afresh = msgspec.structs.replace(run, run_count=0)
        new_attempt = facts.flow_run is not None and facts.flow_run.run_count > run.flow_run_attempt
        if proposed.type is StateType.RUNNING and new_attempt:
            return Accept(msgspec.structs.replace(proposed, name="Retrying"), afresh)
        return Accept(run=afresh)
