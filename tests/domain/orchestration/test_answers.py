"""Every step there is gets the answer that the reference server gives (``observe_answers.py`` wrote them down)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.domain.orchestration.making import being, flow_run, knowing, proposing, task_run
from tests.domain.orchestration.test_policies import POLICIES
from tidemill.domain.orchestration import FlowRunAround, judge
from tidemill.domain.states import StateType

ROWS = json.loads((Path(__file__).parent / "answers.json").read_text())


@pytest.mark.parametrize(
    ("policy", "present", "answers"), ROWS, ids=[f"{name} from {present}" for name, present, _ in ROWS]
)
def test_every_step(policy, present, answers):
    name, _, deployed = policy.partition(" ")
    run = flow_run(present, deployment_id="d" if deployed else None) if "Task" not in name else task_run(present)
    facts = knowing(flow_run=FlowRunAround(state=being("Running"), run_count=1)) if "Task" in name else knowing()

    judgements = [judge(POLICIES[name], run, proposing(str(kind)), facts) for kind in StateType]

    assert [shown(each) for each in judgements] == answers


def shown(judgement) -> str:
    """A judgement as the table has it."""
    return judgement.status if judgement.state is None else f"{judgement.status} {judgement.state.name}"
