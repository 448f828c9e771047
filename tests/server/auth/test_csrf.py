"""Tokens that a page of another site cannot have (S6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.auth.asking import DAY, NOW, asked
from tidemill.server.auth.csrf import CsrfTokens

TOKENS = CsrfTokens(b"k" * 32, DAY)


@given(st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=60))
def test_a_token_is_for_the_client_it_was_made_for(client):
    made = TOKENS.issue(client, NOW)

    facts = asked("POST", prefect_csrf_token=made.token, prefect_csrf_client=client)
    assert TOKENS.complaint(facts, NOW) is None
    assert made.expiration_us == NOW + DAY
    other = asked("POST", prefect_csrf_token=made.token, prefect_csrf_client=client + "x")
    assert "was not made for this client" in TOKENS.complaint(other, NOW)


def test_a_replica_with_the_same_key_knows_it_and_one_with_another_does_not():
    facts = asked("POST", prefect_csrf_token=TOKENS.issue("c", NOW).token, prefect_csrf_client="c")

    assert CsrfTokens(b"k" * 32, 1).complaint(facts, NOW) is None
    assert CsrfTokens(b"K" * 32, DAY).complaint(facts, NOW) is not None


@pytest.mark.parametrize("token", [b"", b".", b"xyz", b"-1.00", b"\xff\xfe", b"f" * 500, b"0" * 40 + b".", b"5 .5"])
def test_other_texts_are_no_tokens(token):
    facts = asked("POST", prefect_csrf_token=token, prefect_csrf_client="c")

    assert TOKENS.complaint(facts, NOW) is not None


@given(st.binary(max_size=140), st.binary(max_size=140))
def test_any_bytes_are_refused_without_an_error(token, client):
    assert TOKENS.complaint(asked("POST", prefect_csrf_token=token, prefect_csrf_client=client), NOW) is not None


def test_a_longer_life_cannot_be_written_into_a_token():
    until, _, mark = TOKENS.issue("c", NOW).token.partition(".")
    facts = asked("POST", prefect_csrf_token=f"{int(until, 16) + 1:x}.{mark}", prefect_csrf_client="c")

    assert TOKENS.complaint(facts, NOW) is not None


def test_a_lone_surrogate_is_a_client_like_any_other():
    assert TOKENS.issue("\ud800", NOW).client == "\ud800"
