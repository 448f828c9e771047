"""A request that was sent twice counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class PreventDuplicateTransitions(FlowRule):
    """Reject a transition whose id the run knows, also from a state before the present one: it arrived late."""

    needs = frozenset({Fact.TRANSITION_KNOWN})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the proposal is new."""
        transition = proposed.details.transition_id
        if run.state is None or transition is None:
            return Accept()
        if transition != run.state.details.transition_id and not facts.transition_known:
            return Accept()
        return Reject("This transition was made before, by a request with the same id. The run stays as it is.")
