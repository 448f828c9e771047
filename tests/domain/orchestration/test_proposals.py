from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NO_RESULT, NOW, RESULT
from tidemill.domain.orchestration import proposed_state
from tidemill.domain.orchestration.proposals import keeps_result
from tidemill.domain.states import StateDetails, StateType, from_us


def test_what_is_scheduled_without_a_time_is_due_at_once():
    assert proposed_state(StateType.SCHEDULED, now_us=NOW).details.scheduled_time == from_us(NOW)


def test_what_is_scheduled_for_a_time_keeps_it():
    details = StateDetails(scheduled_time=from_us(NOW + 5))

    assert proposed_state(StateType.SCHEDULED, now_us=NOW, details=details).details.scheduled_time == from_us(NOW + 5)


def test_a_state_without_a_name_has_its_types():
    assert proposed_state(StateType.CANCELLED, now_us=NOW).name == "Cancelled"


@pytest.mark.parametrize(
    ("data", "kept"), [(None, False), (NO_RESULT, False), (RESULT, True), ([1], True), ("x", True)]
)
def test_what_counts_as_a_kept_result(data, kept):
    assert keeps_result(data) is kept
