"""The one decision, as tables: who may ask what, in which way (S1, S3, S6)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from tests.server.auth.asking import (
    AUTH_STRING,
    DAY,
    HERE,
    KEY,
    LOCAL_TOKEN,
    NOW,
    OTHER_KEY,
    asked,
    guard,
    key_row,
)
from tidemill.domain.permissions import NOBODY, PERMISSIONS, ROLES, Actor
from tidemill.server.auth.csrf import CsrfTokens
from tidemill.server.auth.key_book import BELIEVED_US
from tidemill.server.auth.refusal import Refusal

BEARER = f"Bearer {KEY.text()}"
BASIC = b"Basic " + b64encode(AUTH_STRING.encode())


def ending(decision: Actor | Refusal) -> str | tuple[int, str]:
    return decision.kind if isinstance(decision, Actor) else (decision.status, decision.ground)


FORGED = f"Bearer {OTHER_KEY.text()}"
NOT_IN = (401, "credential")


@pytest.mark.parametrize(
    ("setup", "request_", "expected"),
    [
        # nothing is set up, on this machine alone
        ({}, {}, "local_admin"),
        ({}, {"host": "localhost:4200"}, "local_admin"),
        ({}, {"peer": None}, "local_admin"),
        ({}, {"peer": "::1", "host": "[::1]:4200"}, "local_admin"),
        ({}, {"authorization": BASIC}, "local_admin"),
        ({}, {"authorization": "Bearer pnu_of_elsewhere"}, "local_admin"),
        ({}, {"authorization": BEARER}, NOT_IN),
        ({}, {"authorization": b"Bearer \xff"}, NOT_IN),
        ({}, {"host": "evil.example"}, (421, "host")),
        ({}, {"host": None}, (400, "host")),
        ({}, {"origin": "https://evil.example"}, (403, "origin")),
        ({}, {"origin": "null"}, (403, "origin")),
        ({}, {"peer": "10.0.0.9"}, NOT_IN),
        ({}, {"x_forwarded_for": "10.0.0.9"}, NOT_IN),
        ({}, {"forwarded": "for=10.0.0.9"}, NOT_IN),
        ({}, {"via": "1.1 proxy"}, NOT_IN),
        # a proxy that does not say that it is one passes on the name under which it is asked
        ({"hosts": ["tide.example.com"]}, {"host": "tide.example.com"}, NOT_IN),
        ({"hosts": ["*"]}, {"host": "10.0.0.5:4200"}, NOT_IN),
        ({"hosts": ["tide.example.com"]}, {"host": "localhost:4200"}, "local_admin"),
        ({"hosts": ["tide.example.com"], "entry": "everybody"}, {"host": "tide.example.com"}, "anyone"),
        # --require-auth
        ({"entry": "required"}, {}, NOT_IN),
        ({"entry": "required"}, {"authorization": BASIC}, NOT_IN),
        ({"entry": "required"}, {"authorization": f"Bearer {LOCAL_TOKEN}"}, "local_admin"),
        # a key was made
        ({"keys": [key_row()]}, {}, NOT_IN),
        ({"keys": [key_row()]}, {"authorization": BEARER}, "key"),
        ({"keys": [key_row()]}, {"authorization": BEARER, "x_forwarded_for": "10.0.0.9"}, "key"),
        ({"keys": [key_row()]}, {"authorization": FORGED}, NOT_IN),
        ({"keys": [key_row(digest=OTHER_KEY.digest())]}, {"authorization": BEARER}, NOT_IN),
        ({"keys": [key_row(expires_us=NOW + 1)]}, {"authorization": BEARER}, "key"),
        ({"keys": [key_row(expires_us=NOW)]}, {"authorization": BEARER}, NOT_IN),
        ({"keys": [key_row(expires_us=NOW)]}, {}, NOT_IN),
        ({"keys": [key_row()]}, {"authorization": f"Bearer {LOCAL_TOKEN}"}, "local_admin"),
        ({"keys": [key_row()]}, {"authorization": f"Bearer {LOCAL_TOKEN[:-1]}0"}, NOT_IN),
        ({"keys": [key_row()]}, {"authorization": f"Bearer {LOCAL_TOKEN}", "peer": "10.0.0.9"}, NOT_IN),
        ({"keys": [key_row()]}, {"authorization": f"Bearer {LOCAL_TOKEN}", "x_real_ip": "10.0.0.9"}, NOT_IN),
        ({"keys": [key_row()], "local_token": None}, {"authorization": f"Bearer {LOCAL_TOKEN}"}, NOT_IN),
        # the one user and password of the settings
        ({"entry": "required", "auth_string": AUTH_STRING}, {"authorization": BASIC}, "basic"),
        (
            {"entry": "required", "auth_string": AUTH_STRING},
            {"authorization": f"Bearer {AUTH_STRING}".encode()},
            NOT_IN,
        ),
        ({"entry": "required", "auth_string": "user:plain"}, {"authorization": "Bearer user:plain"}, "basic"),
        ({"entry": "required", "auth_string": AUTH_STRING}, {"authorization": b"Basic YTpi"}, NOT_IN),
        ({"entry": "required", "auth_string": AUTH_STRING}, {}, NOT_IN),
        # others can reach it
        ({"bound": "0.0.0.0", "entry": "required"}, {"host": "tide.example.com", "peer": "10.0.0.9"}, NOT_IN),
        (
            {"bound": "0.0.0.0", "entry": "required", "keys": [key_row()]},
            {"host": "tide.example.com", "peer": "10.0.0.9", "authorization": BEARER},
            "key",
        ),
        ({"bound": "0.0.0.0", "entry": "everybody"}, {"host": "10.0.0.5", "peer": "10.0.0.9"}, "anyone"),
        ({"bound": "0.0.0.0", "entry": "everybody"}, {"host": "evil.example", "peer": "10.0.0.9"}, (421, "host")),
        ({"bound": "0.0.0.0", "entry": "everybody"}, {"host": "10.0.0.5", "authorization": BEARER}, NOT_IN),
        (
            {"bound": "0.0.0.0", "entry": "everybody"},
            {"host": "10.0.0.5", "origin": "https://evil.example"},
            (403, "origin"),
        ),
        # pages of other origins
        ({"origins": "https://ui.example"}, {"origin": "https://ui.example"}, "local_admin"),
        ({"origins": "*"}, {"origin": "https://evil.example"}, NOT_IN),
        ({"origins": "*"}, {"origin": "https://evil.example", "authorization": "Bearer junk"}, NOT_IN),
        ({"origins": "*", "entry": "everybody"}, {"origin": "https://evil.example"}, NOT_IN),
        ({"origins": "*", "keys": [key_row()]}, {"origin": "https://a.example", "authorization": BEARER}, "key"),
    ],
)
def test_S1_S3_S6_who_may_come_in(setup, request_, expected):
    setup = dict(setup)
    keys = setup.pop("keys", [])

    assert ending(guard(*keys, **setup).decide("runs:write", asked("POST", **request_), NOW)) == expected


def revoking(stands):
    store = stands._keys._source
    assert store.revoke_api_key(KEY.id, NOW)
    stands._keys.forget()


def test_S3_a_revoked_key_opens_nothing_even_where_nothing_else_is_set_up():
    stands = guard(key_row())
    assert ending(stands.decide("runs:read", asked(authorization=BEARER), NOW)) == "key"

    revoking(stands)

    assert ending(stands.decide("runs:read", asked(authorization=BEARER), NOW)) == NOT_IN
    assert ending(stands.decide("runs:read", asked(), NOW)) == "local_admin"


def test_S3_a_key_that_was_revoked_elsewhere_opens_nothing_after_a_second():
    stands = guard(key_row())
    assert ending(stands.decide("runs:read", asked(authorization=BEARER), NOW)) == "key"

    stands._keys._source.revoke_api_key(KEY.id, NOW)

    assert ending(stands.decide("runs:read", asked(authorization=BEARER), NOW + 1_000_000)) == NOT_IN
    assert stands._keys.take_uses() == {KEY.id: NOW}
    assert stands._keys.take_uses() == {}


def test_the_first_key_closes_the_door_within_a_second():
    stands = guard()
    assert ending(stands.decide("runs:read", asked(), NOW)) == "local_admin"

    stands._keys._source.put_api_key(key_row())

    assert ending(stands.decide("runs:read", asked(), NOW + BELIEVED_US)) == NOT_IN


@pytest.mark.parametrize("needed", PERMISSIONS)
@pytest.mark.parametrize("role", ROLES)
def test_S1_each_role_may_do_what_it_may_and_no_more(role, needed):
    decision = guard(key_row(scopes=(role,))).decide(needed, asked(authorization=BEARER), NOW)

    assert ending(decision) == ("key" if needed in ROLES[role] else (403, "permission"))


@pytest.mark.parametrize("scopes", [(), ("of a later tidemill",), ("runs:rea",)])
def test_S1_scopes_that_say_nothing_give_nothing(scopes):
    stands = guard(key_row(scopes=scopes))

    assert {ending(stands.decide(each, asked(authorization=BEARER), NOW)) for each in PERMISSIONS} == {
        (403, "permission")
    }


@pytest.mark.parametrize("undeclared", ["", "runs", "health", "*", None, "OPEN", "runs:*"])
def test_S1_what_declares_nothing_known_is_closed_to_everybody(undeclared):
    stands = guard(key_row())

    assert ending(stands.decide(undeclared, asked(authorization=BEARER), NOW)) == (403, "permission")
    assert ending(guard().decide(undeclared, asked(), NOW)) == (403, "permission")


def test_what_is_open_is_open_whatever_a_request_says():
    stands = guard(entry="required")

    for facts in (
        asked(),
        asked(host="10.1.2.3"),
        asked(host=None),
        asked(authorization=b"\xff"),
        asked(peer="8.8.8.8"),
    ):
        assert stands.decide("open", facts, NOW) is NOBODY


def test_a_key_brings_its_workspace():
    decision = guard(key_row(workspace_id=7)).decide("runs:read", asked(authorization=BEARER), NOW)

    assert (decision.workspace_id, decision.id, decision.name) == (7, KEY.id, "ci")


@pytest.mark.parametrize(
    ("setup", "token", "headers", "expected"),
    [
        ({}, None, {}, "local_admin"),
        ({}, "", {}, "local_admin"),
        ({}, None, {"origin": "https://evil.example"}, (403, "origin")),
        ({"keys": [key_row()]}, None, {}, NOT_IN),
        ({"keys": [key_row()]}, KEY.text(), {}, "key"),
        ({"keys": [key_row()]}, OTHER_KEY.text(), {}, NOT_IN),
        ({"keys": [key_row()]}, None, {"authorization": BEARER}, "key"),
        ({"keys": [key_row()]}, "junk", {"authorization": BEARER}, NOT_IN),
        ({"keys": [key_row()]}, 5, {}, NOT_IN),
        ({"entry": "required", "auth_string": AUTH_STRING}, AUTH_STRING, {}, "basic"),
        ({"entry": "required", "auth_string": AUTH_STRING}, AUTH_STRING + " ", {}, NOT_IN),
    ],
)
def test_S1_a_socket_is_let_in_by_its_first_message(setup, token, headers, expected):
    setup = dict(setup)
    keys = setup.pop("keys", [])

    facts = asked(websocket=True, **headers)

    assert ending(guard(*keys, **setup).decide_socket("events:read", facts, token, NOW)) == expected


TOKENS = CsrfTokens(b"k" * 32, DAY)
TOKEN = TOKENS.issue("client-1", NOW).token


@pytest.mark.parametrize(
    ("method", "headers", "now", "expected"),
    [
        ("GET", {}, NOW, "local_admin"),
        ("POST", {}, NOW, (403, "csrf")),
        ("DELETE", {"prefect_csrf_token": TOKEN}, NOW, (403, "csrf")),
        ("PATCH", {"prefect_csrf_client": "client-1"}, NOW, (403, "csrf")),
        ("PUT", {"prefect_csrf_token": TOKEN, "prefect_csrf_client": "client-2"}, NOW, (403, "csrf")),
        ("POST", {"prefect_csrf_token": TOKEN, "prefect_csrf_client": "client-1"}, NOW, "local_admin"),
        ("POST", {"tidemill_csrf_token": TOKEN, "tidemill_csrf_client": "client-1"}, NOW, "local_admin"),
        ("POST", {"prefect_csrf_token": TOKEN, "prefect_csrf_client": "client-1"}, NOW + DAY, (403, "csrf")),
    ],
)
def test_S6_where_tokens_are_on_a_change_needs_one(method, headers, now, expected):
    assert ending(guard(csrf=TOKENS).decide("runs:write", asked(method, **headers), now)) == expected


def test_refusals_have_the_bodies_that_clients_read():
    stands = guard(key_row(scopes=("viewer",)))

    unknown = stands.decide("runs:read", asked(), NOW)
    forbidden = stands.decide("runs:write", asked("POST", authorization=BEARER), NOW)

    assert list(unknown.body) == ["exception_message"]
    assert unknown.headers == [(b"www-authenticate", b'Bearer realm="tidemill"')]
    assert forbidden.body == {"detail": "this needs the permission 'runs:write', which the API key 'ci' does not have"}
    assert forbidden.headers == []


def test_S3_no_refusal_repeats_what_was_given():
    stands = guard(key_row(), auth_string=AUTH_STRING)

    for header in (FORGED, BEARER[:-1], "Bearer canary-text", "Basic Y2FuYXJ5", "Bearer tml_canary"):
        decision = stands.decide("runs:read", asked(authorization=header), NOW)
        assert "canary" not in decision.message
        assert header.split()[1][-12:] not in f"{decision!r} {decision.body}"


@pytest.mark.parametrize(
    ("setup", "headers", "status"),
    [
        ({}, {"origin": "https://ui.example"}, 403),
        ({}, {"origin": f"http://{HERE}"}, 204),
        ({"origins": "https://ui.example"}, {"origin": "https://ui.example"}, 204),
        ({"origins": "https://ui.example"}, {"origin": "https://evil.example"}, 403),
        ({"origins": "*"}, {"origin": "https://evil.example"}, 204),
        ({"origins": "*"}, {"origin": "https://evil.example", "host": "evil.example"}, 421),
        ({"origins": "*"}, {"origin": "https://a.example", "access_control_request_headers": "a b\n"}, 403),
    ],
)
def test_S6_a_browser_that_asks_if_it_may_ask_is_answered(setup, headers, status):
    facts = asked("OPTIONS", access_control_request_method="POST", **headers)

    assert facts.is_preflight
    answer = guard(**setup).preflight(facts)
    assert (answer.status if isinstance(answer, Refusal) else 204) == status
