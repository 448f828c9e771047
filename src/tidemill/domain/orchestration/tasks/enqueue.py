"""A deferred task run waits on the queue of its task for whoever serves that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import Enqueue
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class EnqueueScheduledTasks(TaskRule):
    """Put what is scheduled and deferred on the queue, in the transaction that schedules it."""

    leads_to = frozenset({StateType.SCHEDULED})

    def follow(
        self, before: TaskRunFacts, after: TaskRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[TaskRunFacts]:
        """Its place in the queue."""
        if not written.details.deferred:
            return Followed()
        return Followed(effects=(Enqueue(before.id, before.task_key),))
