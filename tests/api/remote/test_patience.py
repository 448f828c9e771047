"""How long a client waits before it asks again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.api.remote.patience import retry_after, wait_before


@given(st.integers(1, 50), st.floats(0, 1))
def test_waits_grow_to_a_bound_and_are_spread(attempt, jitter):
    base = min(5.0, 0.1 * 2 ** (attempt - 1))

    assert base * (1 - jitter) <= wait_before(attempt, jitter=jitter) <= base * (1 + jitter)


@given(st.integers(1, 50), st.floats(0, 3600), st.floats(0, 1))
def test_never_earlier_than_the_server_asks(attempt, asked, jitter):
    assert asked <= wait_before(attempt, asked, jitter=jitter) <= asked * (1 + jitter)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "Wed, 21 Oct"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:09 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
    ],
)
def test_what_the_server_asks_for(headers, seconds):
    assert retry_after(headers) == seconds
