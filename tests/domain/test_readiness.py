"""Whether somebody is there."""

from __future__ import annotations

import pytest

from tidemill.domain.readiness import Patience, online_until, was_polled

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [(10, 30), (None, 90), (0, 0), (-3, 0), (0.5, 1.5), (2**62, 3_000_000_000)],
)
def test_a_worker_is_there_for_some_of_its_heartbeats(interval, seconds):
    assert online_until(5 * SECOND, interval, Patience()) == (5 + seconds) * SECOND


def test_how_many_is_a_setting():
    assert online_until(0, 10, Patience(heartbeat_multiple=5)) == 50 * SECOND
    assert online_until(0, None, Patience(heartbeat_interval=7)) == 21 * SECOND


@pytest.mark.parametrize(
    ("last", "polled"), [(None, False), (0, False), (39 * SECOND, False), (40 * SECOND, True), (100 * SECOND, True)]
)
def test_what_was_asked_for_lately_is_polled(last, polled):
    assert was_polled(last, 100 * SECOND, 60) is polled
