"""A second try says that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class RenameReruns(TaskRule):
    """A run that has run before is Retrying where it waited for a retry, and Rerunning otherwise."""

    leads_to = frozenset({StateType.RUNNING})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """The proposal by its right name."""
        if run.state is None or run.run_count == 0:
            return Accept()
        name = "Retrying" if run.state_name == "AwaitingRetry" else "Rerunning"
        return Accept(msgspec.structs.replace(proposed, name=name))
