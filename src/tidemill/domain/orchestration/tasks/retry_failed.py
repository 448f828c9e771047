"""A task run that failed is tried again while it has retries left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.domain.orchestration.facts import Fact
from tidemill.domain.orchestration.proposals import microseconds, scheduled_at
from tidemill.domain.orchestration.retrying import allows_another, retry_delay
from tidemill.domain.orchestration.rule import TaskRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, ProposedState, TaskRunFacts


class RetryFailedTasks(TaskRule):
    """Reject a failure with AwaitingRetry after the delay of its try, unless the failure says not to."""

    comes_from = frozenset({StateType.RUNNING})
    leads_to = frozenset({StateType.FAILED})
    needs = frozenset({Fact.CHANCE})

    def judge(self, run: TaskRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[TaskRunFacts]:
        """Whether the failure is the last word."""
        if proposed.details.retriable is False or not allows_another(run):
            return Accept()
        at_us = facts.now_us + microseconds(retry_delay(run, chance=facts.chance))
        return Reject(
            f"The task run failed and is tried again: retry {run.run_count} of {run.policy.retries}.",
            scheduled_at("AwaitingRetry", at_us, now_us=facts.now_us, message=proposed.message),
        )
