"""Nothing runs before it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.orchestration.rule import Rule
from tidemill.domain.orchestration.verdicts import Accept, Run, Verdict, Wait
from tidemill.domain.states import StateType, to_us

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState


class WaitForScheduledTime(Rule[Any]):
    """Answer WAIT with the whole seconds that are left; less than one counts as due."""

    comes_from = frozenset({StateType.PENDING, StateType.SCHEDULED})
    leads_to = frozenset({StateType.RUNNING})

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """Whether the run's time has come."""
        due = None if run.state is None else run.state.details.scheduled_time
        seconds = 0 if due is None else round((to_us(due) - facts.now_us) / 1_000_000)
        if seconds < 1:
            return Accept()
        return Wait(seconds, f"The run is due in {seconds} s and not before. Ask again then.")
