"""One taker only: a run that somebody has taken is not taken a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tidemill.domain.orchestration.rule import Rule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Run, Verdict
from tidemill.domain.states import DEFAULT_NAME, StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState


class PreventPendingTransitions(Rule[Any]):
    """Abort a second Pending. Who has the run may still say more precisely how far it is, by a name of its own."""

    comes_from = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING, StateType.CANCELLED})
    leads_to = frozenset({StateType.PENDING})

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """Whether the run is free to be taken."""
        named = proposed.name not in (DEFAULT_NAME[StateType.PENDING], run.state_name)
        if run.state_type is StateType.PENDING and named:
            return Accept()
        return Abort(f"The run is {run.state_name} already, so somebody else has it. Leave it to them.")
