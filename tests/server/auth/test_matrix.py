"""Every operation there is, and everybody who may ask (S1)."""

from __future__ import annotations

import pytest

from tests.server.auth.asking import KEY, NOW, OTHER_KEY, asked, guard, key_row
from tidemill.api.operation import Operation
from tidemill.api.operations import every_operation
from tidemill.domain.permissions import ROLES, Actor

OPERATIONS = every_operation()
BEARER = f"Bearer {KEY.text()}"
STRANGERS = {
    "nothing": {},
    "another key": {"authorization": f"Bearer {OTHER_KEY.text()}"},
    "a cut key": {"authorization": BEARER[:-3]},
    "junk": {"authorization": b"\xff\x00"},
    "a user": {"authorization": "Basic dXNlcjpwYXNzd29yZA=="},
    "from the network": {"peer": "10.0.0.9"},
    "a page": {"origin": "https://evil.example"},
    "another name": {"host": "evil.example"},
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_S1_no_operation_but_the_open_ones_takes_a_stranger(stranger):
    stands = guard(key_row())

    let_in = {
        (each.method, each.path)
        for each in OPERATIONS
        if isinstance(stands.decide(each.permission, asked(each.method, **stranger), NOW), Actor)
    }

    assert let_in == {("GET", "/health"), ("GET", "/ready")}


@pytest.mark.parametrize(
    "expired", [{"expires_us": NOW - 1}, {"digest": OTHER_KEY.digest()}], ids=["expired", "forged"]
)
def test_S1_S3_no_operation_but_the_open_ones_takes_a_stale_or_forged_key(expired):
    stands = guard(key_row(**expired))

    let_in = [
        each
        for each in OPERATIONS
        if isinstance(stands.decide(each.permission, asked(authorization=BEARER), NOW), Actor)
    ]

    assert {each.path for each in let_in} == {"/health", "/ready"}


@pytest.mark.parametrize("role", ROLES)
def test_S1_each_role_is_let_in_where_it_may(role):
    stands = guard(key_row(scopes=(role,)))

    for each in OPERATIONS:
        decision = stands.decide(each.permission, asked(each.method, authorization=BEARER), NOW)
        assert isinstance(decision, Actor) is (each.permission in {*ROLES[role], "open"}), each


def test_a_viewer_changes_nothing_and_may_ask_for_the_version():
    writing = {each.name for each in OPERATIONS if each.permission in ROLES["viewer"] and each.writes}

    assert writing == set()
    assert {"read_version", "create_csrf_token"} <= {
        each.name for each in OPERATIONS if each.permission in ROLES["viewer"]
    }


@pytest.mark.parametrize("permission", ["", "runs", "open ", "runs:*", "anything"])
def test_S1_an_operation_cannot_be_declared_without_a_permission_that_there_is(permission):
    with pytest.raises(ValueError, match="unknown permission"):
        Operation(method="GET", path="/x", name="x", tag="X", permission=permission)
    with pytest.raises(TypeError, match="permission"):
        Operation(method="GET", path="/x", name="x", tag="X")
