"""A deferred task run keeps the parameters it was called with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.proposals import with_details
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class CopyTaskParametersID(TaskRule):
    """Carry the id of the kept parameters to the next state, unless that names one."""

    comes_from = frozenset({StateType.SCHEDULED, StateType.PENDING})
    leads_to = frozenset({StateType.PENDING, StateType.RUNNING})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """The proposal with its parameters."""
        kept = None if run.state is None else run.state.details.task_parameters_id
        if kept is None or proposed.details.task_parameters_id is not None:
            return Accept()
        return Accept(with_details(proposed, task_parameters_id=kept))
