"""A guard made as a server makes it."""

from __future__ import annotations

import pytest

from tests.server.auth.asking import KEY, NOW, asked, key_row, store_with
from tidemill.domain.permissions import Actor
from tidemill.encryption import KeyRing
from tidemill.server.auth.first_start import StartRefused
from tidemill.server.auth.local_token import local_token
from tidemill.server.auth.refusal import Refusal
from tidemill.server.auth.setting_up import set_up_guard
from tidemill.settings import Settings

RING = KeyRing([b"k" * 32])


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def set_up(home, *keys, host="127.0.0.1", api=None, **words):
    return set_up_guard(
        Settings(home=str(home), server={"api": api or {}}), store_with(*keys), RING, host=host, **words
    )


def test_on_this_machine_it_starts_without_anything(home):
    made = set_up(home)

    assert made.guard.decide("runs:write", asked("POST"), NOW).kind == "local_admin"
    assert made.start.notices


def test_elsewhere_it_does_not(home):
    assert isinstance(set_up(home, host="0.0.0.0"), StartRefused)
    assert not home.exists()


def test_elsewhere_with_a_key_only_the_key_opens(home):
    made = set_up(home, key_row(), host="0.0.0.0")

    assert isinstance(made.guard.decide("runs:read", asked(peer="10.0.0.9"), NOW), Refusal)
    bearer = asked(peer="10.0.0.9", host="tide.example", authorization=f"Bearer {KEY.text()}")
    assert isinstance(made.guard.decide("runs:read", bearer, NOW), Actor)
    assert made.keys.take_uses() == {KEY.id: NOW}


def test_the_owner_of_the_home_comes_in_by_the_local_token(home):
    made = set_up(home, require_auth=True)

    token = local_token(home)
    assert isinstance(made.guard.decide("runs:read", asked(), NOW), Refusal)
    assert made.guard.decide("runs:read", asked(authorization=f"Bearer {token}"), NOW).kind == "local_admin"


def test_the_auth_string_of_the_settings_opens(home):
    made = set_up(home, api={"auth_string": "user:password"})

    basic = asked(authorization="Basic dXNlcjpwYXNzd29yZA==")
    assert made.guard.decide("runs:read", basic, NOW).kind == "basic"
    assert isinstance(made.guard.decide("runs:read", asked(), NOW), Refusal)


def test_replicas_with_one_key_ring_know_each_others_csrf_tokens(home, tmp_path):
    on = {"csrf_protection_enabled": "true"}
    one, other = set_up(home, api=on), set_up(tmp_path / "other", api=on)

    token = one.protection.csrf.issue("c", NOW).token
    facts = asked("POST", prefect_csrf_token=token, prefect_csrf_client="c")
    assert isinstance(other.guard.decide("runs:write", facts, NOW), Actor)
