"""A task run knows to which attempt of its flow run it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class UpdateFlowRunTrackerOnTasks(TaskRule):
    """Note the flow run's attempt on a task run that begins."""

    leads_to = frozenset({StateType.RUNNING})
    needs = frozenset({Fact.FLOW_RUN})

    def follow(
        self, before: TaskRunFacts, after: TaskRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[TaskRunFacts]:
        """The attempt."""
        if facts.flow_run is None:
            return Followed()
        return Followed(msgspec.structs.replace(after, flow_run_attempt=facts.flow_run.run_count))
