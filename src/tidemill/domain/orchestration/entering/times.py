"""When a run began, ended, is due, and how long it ran.

The transforms before these have given the run its new type and time, so what it was before is read from ``run.state``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tidemill.domain.orchestration.rule import Rule
from tidemill.domain.orchestration.verdicts import Accept, Run, Verdict
from tidemill.domain.states import TERMINAL_STATES, StateType, to_us

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState


class SetStartTime(Rule[Any]):
    """A run begins when it first runs; one that ends without having run begins and ends at once."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with its start time."""
        begins = proposed.type is StateType.RUNNING or proposed.type in TERMINAL_STATES
        if not begins or run.start_us is not None:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, start_us=proposed.timestamp_us))


class SetEndTime(Rule[Any]):
    """A final state ends the run; leaving it takes the end back."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with its end time, or without."""
        if proposed.type not in TERMINAL_STATES:
            return Accept() if run.end_us is None else Accept(run=msgspec.structs.replace(run, end_us=None))
        if run.end_us is not None:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, end_us=proposed.timestamp_us))


class IncrementRunTime(Rule[Any]):
    """Time spent running counts when the run leaves it. Clocks that differ never make it less."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with its time."""
        left = run.state
        if left is None or left.type is not StateType.RUNNING:
            return Accept()
        ran_us = max(0, proposed.timestamp_us - left.timestamp_us)
        return Accept(run=msgspec.structs.replace(run, total_run_time_us=run.total_run_time_us + ran_us))


class SetExpectedStartTime(Rule[Any]):
    """A run is expected at the time its first state names, or else when it came into being."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with its expected start."""
        if run.expected_start_us is not None:
            return Accept()
        due = proposed.details.scheduled_time if proposed.type is StateType.SCHEDULED else None
        expected = proposed.timestamp_us if due is None else to_us(due)
        return Accept(run=msgspec.structs.replace(run, expected_start_us=expected))


class SetNextScheduledStartTime(Rule[Any]):
    """While a run is scheduled it says for when, so that those who start runs find it."""

    always = True

    def judge(self, run: Run, proposed: ProposedState, facts: Facts) -> Verdict[Run]:
        """The run with its next start, or without."""
        due = proposed.details.scheduled_time if proposed.type is StateType.SCHEDULED else None
        next_us = None if due is None else to_us(due)
        if next_us == run.next_scheduled_start_us:
            return Accept()
        return Accept(run=msgspec.structs.replace(run, next_scheduled_start_us=next_us))
