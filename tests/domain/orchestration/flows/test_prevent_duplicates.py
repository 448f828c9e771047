from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, flow_run, knowing, proposing, told
from tidemill.domain.orchestration.flows.prevent_duplicates import PreventDuplicateTransitions


@pytest.mark.parametrize(
    ("present", "transition", "known", "answer"),
    [
        (being("Running", transition_id="one"), "one", False, "REJECT"),
        (being("Running", transition_id="one"), "two", False, "ACCEPT"),
        (being("Running", transition_id="two"), "one", True, "REJECT"),
        (being("Running"), "one", False, "ACCEPT"),
        (being("Running"), None, False, "ACCEPT"),
        (None, "one", False, "ACCEPT"),
    ],
)
def test_a_request_counts_once_however_late_it_comes(present, transition, known, answer):
    facts = knowing(transition_known=known)

    verdict = PreventDuplicateTransitions().judge(
        flow_run(present), proposing("Completed", transition_id=transition), facts
    )

    assert told(verdict) == answer
