"""Every state change of a flow run is an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.effects import EmitStateChange
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Followed

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class InstrumentFlowRunStateTransitions(FlowRule):
    """The event is written in the transaction of the state, so neither is ever seen without the other."""

    always = True

    def follow(
        self, before: FlowRunFacts, after: FlowRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[FlowRunFacts]:
        """The event."""
        return Followed(effects=(EmitStateChange(before.id),))
