"""How a state is told."""

from __future__ import annotations

from tidemill.domain.states import State, StateType


def test_a_state_is_told_by_its_name_and_message_and_by_its_type_where_the_name_says_nothing_of_it():
    assert str(State(StateType.COMPLETED)) == "Completed()"
    assert str(State(StateType.FAILED, message="it's off")) == 'Failed("it\'s off")'
    assert str(State(StateType.RUNNING, "Retrying")) == "Retrying(type=RUNNING)"
    assert str(State(StateType.COMPLETED, "Cached", "from before")) == "Cached('from before', type=COMPLETED)"
