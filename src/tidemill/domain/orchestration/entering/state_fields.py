"""The run shows the state that it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.domain.orchestration.rule import FlowRule, Rule
from tidemill.domain.orchestration.verdicts import Accept, Run, Verdict

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class EnsureFlowRunStateTimestampIsUnique(FlowRule):
    """Two states of a run are never of the same moment: the later one is put a microsecond after the earlier."""

    always = True

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """The state at a moment of its own."""
        if proposed.timestamp_us != run.state_us:
            return Accept()
        return Accept(msgspec.structs.replace(proposed, timestamp_us=proposed.timestamp_us + 1))


class SetRunStateType(Rule[Any]):
    """The run is found by the type of its state."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with the type."""
        return Accept(run=msgspec.structs.replace(run, state_type=proposed.type))


class SetRunStateName(Rule[Any]):
    """The run is found by the name of its state."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with the name."""
        return Accept(run=msgspec.structs.replace(run, state_name=proposed.name))


class SetRunStateTimestamp(Rule[Any]):
    """The run says since when it is in its state."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with the time."""
        return Accept(run=msgspec.structs.replace(run, state_us=proposed.timestamp_us))
