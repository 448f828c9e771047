"""S1: every operation, through the application, by everybody who may ask."""

from __future__ import annotations

import pytest

from tests.server.samples import STREAMS, every_sample
from tests.server.test_asked_twice import contents
from tests.server.world import a_world
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.permissions import ROLES
from tidemill.server.auth.keys import make_key
from tidemill.server.serving import every_route

NEEDED = {f"{operation.method} {operation.path}": operation.permission for operation, _ in every_route()}
#: The keys that the server knows, each with its scopes and when it expires, in seconds from now.
KEYS = {role: ((role,), None) for role in ROLES} | {"expired": (("admin",), -1), "revoked": (("admin",), None)}
UNKNOWN = make_key(b"u" * 40)


def key_of(name: str):
    return make_key(name.encode().ljust(40, b"."))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def guarded(request):
    """A world behind keys."""
    with a_world(dialect=request.param) as world:
        now = world.client.clock.now_us()
        for name, (scopes, expires) in KEYS.items():
            key = key_of(name)
            expires_us = None if expires is None else now + expires * 1_000_000
            world.client.store.put_api_key(
                ApiKey(id=key.id, name=name, digest=key.digest(), scopes=scopes, created_us=now, expires_us=expires_us)
            )
        world.client.store.revoke_api_key(key_of("revoked").id, now)
        world.client.clock.sleep(2)
        yield world


STRANGERS = {
    "nobody": {},
    "an unknown key": {"authorization": f"Bearer {UNKNOWN.text()}"},
    "a mistyped key": {"authorization": f"Bearer {key_of('admin').text()[:-1]}"},
    "an expired key": {"authorization": f"Bearer {key_of('expired').text()}"},
    "a revoked key": {"authorization": f"Bearer {key_of('revoked').text()}"},
    "a user": {"authorization": "Basic dXNlcjpwYXNzd29yZA=="},
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_s1_nobody_without_a_key_that_holds_is_answered_or_changes_anything(guarded, stranger):
    before = contents(guarded.client.store)
    samples = every_sample() | {name: every_sample()["GET /hello"]._replace(path=name.split()[1]) for name in STREAMS}

    answered = {name: guarded.ask(name, one, **STRANGERS[stranger]).status for name, one in samples.items()}

    assert answered == {name: 200 if NEEDED[name] == "open" else 401 for name in samples}
    assert contents(guarded.client.store) == before


@pytest.mark.parametrize("role", ROLES)
def test_s1_each_role_may_do_what_it_is_for_and_nothing_else(guarded, role):
    may = {name: NEEDED[name] in {*ROLES[role], "open"} for name in every_sample()}
    with_key = {"authorization": f"Bearer {key_of(role).text()}"}
    forbidden = {name: one for name, one in every_sample().items() if not may[name]}
    before = contents(guarded.client.store)

    refused = {name: guarded.ask(name, one, **with_key).status for name, one in forbidden.items()}

    assert refused == dict.fromkeys(forbidden, 403)
    assert contents(guarded.client.store) == before
    for name, one in every_sample().items():
        if may[name]:
            assert guarded.ask(name, one, **with_key).status not in (401, 403), name
