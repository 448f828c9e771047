"""How a state is told, and which may follow which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.states import (
    LEGAL,
    NAMES_BY_TYPE,
    REOPENING,
    TERMINAL_STATES,
    IllegalTransitionError,
    State,
    StateType,
    check_transition,
)

STATES = st.sampled_from(StateType)


def leads(old, new, **options):
    try:
        check_transition(old, new, **options)
    except IllegalTransitionError:
        return False
    return True


def test_the_table_speaks_of_every_type_and_every_type_has_names():
    assert set(LEGAL) == {None, *StateType}
    assert set(NAMES_BY_TYPE) == set(StateType)


@given(st.none() | STATES, STATES)
def test_a_step_is_refused_or_taken_as_the_table_says(old, new):
    assert leads(old, new) == (new in LEGAL[old])


@given(STATES, STATES)
def test_what_is_over_stays_so_but_for_another_attempt(old, new):
    if old in TERMINAL_STATES:
        assert leads(old, new) == (old is new is StateType.COMPLETED)
        assert leads(old, new, new_attempt=True) == (new in REOPENING or old is new is StateType.COMPLETED)
    else:
        assert leads(old, new, new_attempt=True) == leads(old, new)


@given(STATES)
def test_whatever_is_not_over_can_be_ended_from_outside(kind):
    if kind not in TERMINAL_STATES:
        assert leads(kind, StateType.CRASHED)
        assert leads(kind, StateType.CANCELLED)


@given(st.lists(STATES, max_size=20))
def test_who_is_asked_to_end_does_nothing_else(asked):
    present = StateType.CANCELLING
    for wanted in asked:
        if leads(present, wanted):
            present = wanted
    assert present in {StateType.CANCELLING, StateType.CANCELLED, StateType.CRASHED}


def test_a_refused_step_is_named():
    with pytest.raises(IllegalTransitionError, match="a run in state FAILED cannot become RUNNING"):
        check_transition(StateType.FAILED, StateType.RUNNING)


def test_a_state_is_told_by_its_name_and_message_and_by_its_type_where_the_name_says_nothing_of_it():
    assert str(State(StateType.COMPLETED)) == "Completed()"
    assert str(State(StateType.FAILED, message="it's off")) == 'Failed("it\'s off")'
    assert str(State(StateType.RUNNING, "Retrying")) == "Retrying(type=RUNNING)"
    assert str(State(StateType.COMPLETED, "Cached", "from before")) == "Cached('from before', type=COMPLETED)"
