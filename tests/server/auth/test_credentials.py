"""From a header to what was given with it (S3)."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.server.auth.asking import KEY
from tidemill.server.auth.credentials import AuthString, LocalToken, Malformed, read_authorization, read_token
from tidemill.server.auth.keys import PresentedKey

TEXT = KEY.text()


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


@pytest.mark.parametrize("header", [f"Bearer {TEXT}", f"bearer {TEXT}", f"BEARER   {TEXT}  ", f"  Bearer {TEXT}"])
def test_a_bearer_key_is_a_key(header):
    found = read_authorization([header.encode()])

    assert isinstance(found, PresentedKey)
    assert found.id == KEY.id


@pytest.mark.parametrize("text", ["user:password", "user:", ":", "ü:ß", "a:b:c"])
def test_basic_gives_the_auth_string_in_its_bytes(text):
    assert read_authorization([basic(text)]).given == text.encode()


def test_a_bearer_of_another_text_may_have_the_auth_string():
    assert read_authorization([b"Bearer user:password"]).given == b"user:password"
    assert isinstance(read_authorization([b"Bearer tml_00"]), LocalToken)


def test_no_header_is_no_credential():
    assert read_authorization([]) is None


@pytest.mark.parametrize(
    "headers",
    [
        [b""],
        [b" "],
        [b"Bearer"],
        [b"Bearer "],
        [b"Basic "],
        [b"Basic a"],
        [b"Basic !!!!"],
        [b"Basic YTpi\xff"],
        [b"Basic YTpi YTpi"],
        [b"Basic YTpi=extra"],
        [b"Digest username=x"],
        [b"Bearer \xc3\xa9"],
        ["Bearer \N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1")],
        [b"Bearer a\x00b"],
        [b"Bearer a b"],
        [b"B\x80arer abc"],
        [b"Bearer " + b"x" * 5000],
        [f"Bearer {TEXT[:-1]}".encode()],
        [f"Bearer {TEXT}0".encode()],
        [b"Bearer tmk_" + b"0" * 90],
        [b"Bearer a", b"Bearer a"],
        [f"Bearer {TEXT}, Basic YTpi".encode()],
    ],
    ids=lambda headers: repr(headers)[:50],
)
def test_S3_what_no_client_sends_is_refused(headers):
    assert isinstance(read_authorization(headers), Malformed)


@given(st.lists(st.binary(max_size=200) | st.binary(max_size=99).map(lambda b: b"Basic " + b), max_size=3))
@example([b"Bearer \xf0\x9f"])
def test_S3_any_bytes_are_read_without_an_error(headers):
    found = read_authorization(headers)

    assert found is None if not headers else isinstance(found, Malformed | AuthString | LocalToken | PresentedKey)


@given(st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.lists(st.text(), max_size=2))
@example("\ud800")
@example("x" * 5000)
def test_S3_any_token_of_a_socket_is_read_without_an_error(token):
    read_token(token)


def test_a_token_of_a_socket_is_a_key_or_an_auth_string():
    assert read_token(TEXT).id == KEY.id
    assert read_token("user:pässword").given == "user:pässword".encode()
    assert read_token(None) is None
    assert read_token("") is None
    assert isinstance(read_token("\ud800"), Malformed)
    assert isinstance(read_token({"token": 1}), Malformed)


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TEXT}", f"Bearer {TEXT}0", "Bearer canary:secret", "Bearer tml_canary", "Basic Y2FuYXJ5OnNlY3JldA"],
)
def test_S3_what_was_given_does_not_show(header):
    found = read_authorization([header.encode()])

    shown = f"{found!r} {found} {getattr(found, 'why', '')}"
    assert "canary" not in shown
    assert "secret" not in shown
    assert TEXT[30:60] not in shown
