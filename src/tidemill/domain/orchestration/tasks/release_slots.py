"""A task run that does not run gives the slots of its tags back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.orchestration.effects import ReleaseTagSlots
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Followed
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts

_HOLDS_SLOTS: Final = frozenset({StateType.RUNNING, StateType.CANCELLING})


class ReleaseTaskConcurrencySlots(TaskRule):
    """Give every slot back once the run neither runs nor is being cancelled. Runs without tags have none."""

    always = True

    def follow(
        self, before: TaskRunFacts, after: TaskRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[TaskRunFacts]:
        """The slots."""
        if not before.tags or before.state_type not in _HOLDS_SLOTS or written.type in _HOLDS_SLOTS:
            return Followed()
        return Followed(effects=(ReleaseTagSlots(before.id),))
