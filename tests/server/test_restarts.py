"""For how long to wait before a process that died is made again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidemill.server.restarts import HOPELESS_IN_A_ROW, WAITS_SECONDS, Restarts


def test_who_was_long_at_work_is_made_again_at_once_ever_again():
    restarts = Restarts()

    assert [restarts.wait(60.0, answered=True, hopeless=False) for _ in range(20)] == [0.0] * 20


def test_who_dies_soon_is_made_again_later_each_time_but_always():
    restarts = Restarts()

    waits = [restarts.wait(1.0, answered=True, hopeless=False) for _ in range(20)]

    assert waits == [*WAITS_SECONDS, *[WAITS_SECONDS[-1]] * (20 - len(WAITS_SECONDS))]


def test_who_never_answered_died_soon_however_long_that_took():
    restarts = Restarts()

    assert [restarts.wait(60.0, answered=False, hopeless=False) for _ in range(3)] == [0.0, 1.0, 2.0]


def test_what_will_not_pass_ends_it_after_so_many_in_a_row():
    restarts = Restarts()

    waits = [restarts.wait(1.0, answered=False, hopeless=True) for _ in range(HOPELESS_IN_A_ROW)]

    assert None not in waits[:-1]
    assert waits[-1] is None


@given(st.lists(st.booleans()))
def test_only_what_will_not_pass_ends_it_and_only_in_a_row(ends):
    restarts = Restarts()
    in_a_row = 0
    for hopeless in ends:
        in_a_row = in_a_row + 1 if hopeless else 0

        assert (restarts.wait(1.0, answered=False, hopeless=hopeless) is None) == (in_a_row >= HOPELESS_IN_A_ROW)
