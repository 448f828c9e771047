from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being
from tidemill.domain.orchestration import Fact, Facts, RunPolicy, policy_changes, run_policy, standing


def test_each_fact_is_a_field():
    assert {fact.value for fact in Fact} <= set(Facts.__struct_fields__)


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ({}, RunPolicy()),
        ({"retries": 2, "retry_delay": 30}, RunPolicy(retries=2, retry_delay=30)),
        ({"retries": 2, "retry_delay": [1, 2.5]}, RunPolicy(retries=2, retry_delay=[1, 2.5])),
        ({"max_retries": 3, "retry_delay_seconds": 5.0}, RunPolicy(retries=3, retry_delay=5.0)),
        ({"max_retries": 3, "retries": 1}, RunPolicy(retries=1)),
        ({"max_retries": 0, "retry_delay_seconds": 0}, RunPolicy()),
        ({"pause_keys": ["a"], "resuming": True}, RunPolicy(pause_keys=frozenset({"a"}), resuming=True)),
        ({"retry_type": "reschedule", "somebody_elses": 1}, RunPolicy(retry_type="reschedule")),
    ],
)
def test_a_policy_is_read_as_the_wire_has_it(written, policy):
    assert run_policy(written) == policy


def test_only_what_changed_is_written_back():
    before, after = RunPolicy(retries=2), RunPolicy(retries=2, pause_keys=frozenset({"b", "a"}), resuming=False)

    assert policy_changes(before, after) == {"pause_keys": ["a", "b"], "resuming": False}
    assert policy_changes(before, before) == {}


def test_a_row_says_what_its_state_says():
    paused = being("Suspended")

    assert standing(paused) == {
        "state": paused,
        "state_type": "PAUSED",
        "state_name": "Suspended",
        "state_us": paused.timestamp_us,
    }
    assert set(standing(None).values()) == {None}
