from __future__ import annotations

import pytest

from tests.domain.orchestration.making import flow_run, knowing, proposing, told
from tidemill.domain.orchestration.both.prevent_pending import PreventPendingTransitions


@pytest.mark.parametrize(
    ("present", "proposed", "answer"),
    [
        ("Pending", "Pending", "ABORT"),
        ("Pending", "Submitting", "ACCEPT"),
        ("Submitting", "InfrastructurePending", "ACCEPT"),
        ("InfrastructurePending", "Submitting", "ACCEPT"),
        ("Submitting", "Submitting", "ABORT"),
        ("InfrastructurePending", "Pending", "ABORT"),
        ("Running", "Pending", "ABORT"),
        ("Running", "Submitting", "ABORT"),
        ("Cancelling", "Submitting", "ABORT"),
        ("Cancelled", "Submitting", "ABORT"),
    ],
)
def test_a_run_is_taken_once(present, proposed, answer):
    assert told(PreventPendingTransitions().judge(flow_run(present), proposing(proposed), knowing())) == answer
