"""Orchestration: what a server answers when a run is to have another state.

A *rule* is a pure function in a file of its own: from what is known of a run, the proposed state and the facts it asked
for, to a verdict. ``policies.py`` says which rules are asked and in which order, and nothing else does. Nothing here
looks at a clock, draws a random number or opens a session. Who stores runs does, in one transaction::

    policy = policy_for("flow_run", force=request.force)
    wanted = needed_facts(policy, run, proposed)            # look these up, and no others
    judgement = judge(policy, run, proposed, Facts(now_us=now, ...))
    if judgement.state is not None:                         # ACCEPT, or REJECT with another state
        ...                                                 # write it, judgement.run, and do judgement.effects

How it goes: rules are selected by the run's present type and the proposed type, at the time of the request. A rule that
rejects with a state of another type ends the hearing of those that were selected, and what earlier ones had taken or
changed is dropped, so nothing has to be given back. Transforms (``always``) are asked in any case. WAIT, ABORT, and
REJECT without a state write nothing. For a state that is written the global policy makes the run's new row, and then
the rules that stood by that state say what follows from it, as data (``effects.py``).

How this relates to ``domain.states.LEGAL``: that table is of a run's own record. The engine made those steps before
anybody heard of them, so the only question is whether a journal can be true. Rules are for proposals, which can still
be refused, changed or put off; they let a finished run begin again where the table wants a new attempt to be claimed.
"""

from __future__ import annotations

from tidemill.domain.orchestration.facts import (
    DeploymentLimit,
    Fact,
    Facts,
    FlowRunAround,
    FlowRunFacts,
    PresentState,
    ProposedState,
    RunFacts,
    RunPolicy,
    TagLimit,
    TaskRunFacts,
    policy_changes,
    run_policy,
    standing,
)
from tidemill.domain.orchestration.judging import Judgement, judge, needed_facts
from tidemill.domain.orchestration.policies import (
    CLIENT_SIDE_TASK_POLICY,
    MARK_LATE_RUNS_POLICY,
    Policy,
    policy_for,
)
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.orchestration.resuming import judge_resumption

__all__ = [
    "CLIENT_SIDE_TASK_POLICY",
    "MARK_LATE_RUNS_POLICY",
    "DeploymentLimit",
    "Fact",
    "Facts",
    "FlowRunAround",
    "FlowRunFacts",
    "Judgement",
    "Policy",
    "PresentState",
    "ProposedState",
    "RunFacts",
    "RunPolicy",
    "TagLimit",
    "TaskRunFacts",
    "judge",
    "judge_resumption",
    "needed_facts",
    "policy_changes",
    "policy_for",
    "proposed_state",
    "run_policy",
    "standing",
]
