"""Pausing: who may, and under which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.domain.orchestration.rule import FlowRule
from tidemill.domain.orchestration.verdicts import Abort, Accept, Followed, Reject, Verdict
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import Facts, FlowRunFacts, ProposedState


class HandlePausingFlows(FlowRule):
    """Only what runs is paused, and each pause once: a key that was used is remembered, and passed the next time.

    A suspension lets the process go, so it needs a deployment by which the run is started again, and is not for
    subflow runs, which live in their parent's process.
    """

    leads_to = frozenset({StateType.PAUSED})

    def judge(self, run: FlowRunFacts, proposed: ProposedState, facts: Facts) -> Verdict[FlowRunFacts]:
        """Whether the run may stop here."""
        verb = "suspended" if proposed.details.pause_reschedule else "paused"
        if run.state is None:
            return Abort(f"The flow run has no state yet and cannot be {verb}. Start it first.")
        if run.state_type is not StateType.RUNNING:
            return Reject(f"The flow run is {run.state_name}; only a running one can be {verb}.")
        key = proposed.details.pause_key
        if key is not None and key in (run.policy.pause_keys or ()):
            return Reject(f"The flow run has been {verb} under key {key!r} before, so it goes on. Use another key.")
        if proposed.details.pause_reschedule and run.parent_task_run_id is not None:
            return Abort("A subflow run cannot be suspended, as it lives in its parent's process. Suspend the parent.")
        if proposed.details.pause_reschedule and run.deployment_id is None:
            return Abort(
                "A flow run without a deployment cannot be suspended, since nothing would start it again."
                " Pause it instead, or run it from a deployment."
            )
        return Accept()

    def follow(
        self, before: FlowRunFacts, after: FlowRunFacts, written: ProposedState, facts: Facts
    ) -> Followed[FlowRunFacts]:
        """The run remembers the key."""
        key = written.details.pause_key
        if key is None:
            return Followed()
        policy = msgspec.structs.replace(after.policy, pause_keys=frozenset({*(after.policy.pause_keys or ()), key}))
        return Followed(msgspec.structs.replace(after, policy=policy))
