"""What was due at a time is still due then while it is pending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.orchestration.proposals import with_details
from tidemill.domain.orchestration.rule import Rule
from tidemill.domain.orchestration.verdicts import Accept, Run, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState


class CopyScheduledTime(Rule[Any]):
    """Carry the scheduled time into the pending state, unless that names one."""

    comes_from = frozenset({StateType.SCHEDULED})
    leads_to = frozenset({StateType.PENDING})

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The proposal with its time."""
        if run.state is None or proposed.details.scheduled_time is not None:
            return Accept()
        return Accept(with_details(proposed, scheduled_time=run.state.details.scheduled_time))
