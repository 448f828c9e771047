"""API keys as they are kept."""

from __future__ import annotations

import pytest

from tidemill.domain.api_keys import ApiKey


def key(**changes) -> ApiKey:
    return ApiKey(**({"id": "00ff", "name": "ci", "digest": "canary", "scopes": (), "created_us": 0} | changes))


@pytest.mark.parametrize(
    ("changes", "now", "status"),
    [
        ({}, 10, "active"),
        ({"expires_us": 11}, 10, "active"),
        ({"expires_us": 10}, 10, "expired"),
        ({"revoked_us": 5}, 10, "revoked"),
        ({"revoked_us": 50}, 10, "revoked"),
        ({"revoked_us": 5, "expires_us": 6}, 10, "revoked"),
    ],
)
def test_a_key_holds_until_its_time_or_until_it_is_revoked(changes, now, status):
    assert key(**changes).status_at(now) == status
    assert key(**changes).holds_at(now) is (status == "active")


def test_scopes_of_a_later_tidemill_give_nothing_and_take_nothing_away():
    assert key(scopes=("runs:read", "of a later tidemill")).actor().permissions == {"runs:read"}


def test_the_digest_does_not_show():
    assert "canary" not in f"{key()!r} {key()} {[key()]}"
