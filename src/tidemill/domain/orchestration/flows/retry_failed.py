"""A flow run that failed is tried again while it has retries left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.proposals import microseconds, scheduled_at, with_details
from tidemill.domain.orchestration.retrying import allows_another, retry_delay
from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Accept, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class RetryFailedFlows(FlowRule):
    """Reject a failure with AwaitingRetry after the retry delay; the process that has the run makes the next try.

    The run keeps its slot, and the next try passes through all pauses again. When no retries are left, the run forgets
    how it was retried.
    """

    comes_from = frozenset({StateType.RUNNING})
    leads_to = frozenset({StateType.FAILED})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the failure is the last word."""
        if not allows_another(run):
            policy = msgspec.structs.replace(run.policy, retry_type=None)
            return Accept(run=msgspec.structs.replace(run, policy=policy))
        policy = msgspec.structs.replace(run.policy, resuming=False, pause_keys=frozenset(), retry_type="in_process")
        at_us = facts.now_us + microseconds(retry_delay(run, chance=facts.chance))
        waiting = scheduled_at("AwaitingRetry", at_us, now_us=facts.now_us, message=proposed.message)
        lease = proposed.details.deployment_concurrency_lease_id
        return Reject(
            f"The flow run failed and is tried again: retry {run.run_count} of {run.policy.retries}.",
            with_details(waiting, deployment_concurrency_lease_id=lease),
            msgspec.structs.replace(run, policy=policy),
        )
