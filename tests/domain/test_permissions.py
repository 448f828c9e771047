"""Permissions, roles and scopes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tidemill.domain.permissions import (
    NOBODY,
    PERMISSIONS,
    ROLES,
    Actor,
    UnknownScopeError,
    check_needed,
    permissions_of,
)


def test_each_role_may_do_what_the_one_before_it_may_and_more():
    assert all(less < more for less, more in pairwise(ROLES.values()))
    assert ROLES["admin"] == set(PERMISSIONS)


def test_a_runner_changes_no_code_and_a_viewer_nothing():
    assert "deployments:write" not in ROLES["runner"]
    assert "blocks:write" not in ROLES["runner"]
    assert "work_pools:write" not in ROLES["runner"]
    assert {each.partition(":")[2] for each in ROLES["viewer"]} == {"read"}
    assert not ROLES["viewer"] & {"secrets:read", "admin:read"}


@pytest.mark.parametrize(
    ("scopes", "granted"),
    [
        ([], set()),
        (["runs:read"], {"runs:read"}),
        (["runs:*"], {"runs:read", "runs:write"}),
        (["runs:read", "logs:write"], {"runs:read", "logs:write"}),
        (["viewer"], ROLES["viewer"]),
        (["*:read"], ROLES["viewer"]),
        (["admin"], set(PERMISSIONS)),
        (["secrets:read"], {"secrets:read"}),
    ],
)
def test_scopes_come_to_permissions(scopes, granted):
    assert permissions_of(scopes) == granted


@pytest.mark.parametrize(
    "scope", ["run:read", "runs", "*", "*:*", "secrets:*", "admin:*", "", "Viewer", "open", "runs:**"]
)
def test_a_scope_that_says_nothing_is_refused(scope):
    with pytest.raises(UnknownScopeError, match="unknown scope"):
        permissions_of([scope])


def test_a_slip_of_the_pen_is_told_with_what_was_meant():
    with pytest.raises(ValueError, match="unknown permission 'runs:raed', did you mean 'runs:read'"):
        check_needed("runs:raed")
    assert check_needed("open") == "open"
    assert [check_needed(each) for each in PERMISSIONS] == list(PERMISSIONS)


def test_an_actor_may_what_it_was_given():
    actor = Actor(kind="key", permissions=frozenset({"runs:read"}))

    assert actor.may("runs:read")
    assert actor.may("open")
    assert not actor.may("runs:write")
    assert not any(NOBODY.may(each) for each in PERMISSIONS)
