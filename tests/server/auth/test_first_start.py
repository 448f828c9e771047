"""What a server may do before anybody set up anything."""

from __future__ import annotations

import pytest

from tidemill.server.auth.first_start import Asked, Start, StartRefused, decide_start


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ({"host": "127.0.0.1"}, "local"),
        ({"host": "localhost"}, "local"),
        ({"host": "::1"}, "local"),
        ({"host": "127.0.0.1", "has_keys": True}, "local"),
        ({"host": "127.0.0.1", "has_auth_string": True}, "required"),
        ({"host": "127.0.0.1", "require_auth": True}, "required"),
        ({"host": "127.0.0.1", "insecure_no_auth": True}, "everybody"),
        ({"host": "0.0.0.0"}, None),
        ({"host": "::"}, None),
        ({"host": ""}, None),
        ({"host": "10.0.0.5"}, None),
        ({"host": "myhost"}, None),
        ({"host": "0.0.0.0", "has_keys": True}, "required"),
        ({"host": "0.0.0.0", "has_auth_string": True}, "required"),
        ({"host": "0.0.0.0", "require_auth": True}, "required"),
        ({"host": "0.0.0.0", "insecure_no_auth": True}, "everybody"),
        ({"host": "0.0.0.0", "insecure_no_auth": True, "require_auth": True}, None),
        ({"host": "127.0.0.1", "insecure_no_auth": True, "require_auth": True}, None),
    ],
)
def test_who_gets_in_without_a_credential(asked, entry):
    decision = decide_start(Asked(**asked))

    assert (decision.entry if isinstance(decision, Start) else None) == entry


def test_a_refusal_says_what_to_do():
    refused = decide_start(Asked(host="0.0.0.0"))

    assert isinstance(refused, StartRefused)
    assert refused.message.startswith("0.0.0.0 can be reached from other machines")
    assert "tidemill auth key create" in refused.hint
    assert "--insecure-no-auth" in refused.hint


@pytest.mark.parametrize("more", [{"has_keys": True}, {"insecure_no_auth": True}, {"require_auth": True}])
def test_plain_http_to_other_machines_warns(more):
    plain = decide_start(Asked(host="0.0.0.0", **more))
    tls = decide_start(Asked(host="0.0.0.0", tls=True, **more))

    assert "plain HTTP" in plain.warnings[-1]
    assert not any("plain HTTP" in warning for warning in tls.warnings)
    assert decide_start(Asked(host="127.0.0.1")).warnings == ()


def test_the_local_admin_and_an_open_door_are_told():
    assert "local admin" in decide_start(Asked(host="127.0.0.1")).notices[0]
    assert decide_start(Asked(host="127.0.0.1", has_keys=True)).notices == ()
    assert "auth key create" in decide_start(Asked(host="127.0.0.1", require_auth=True)).notices[0]
    assert "everybody" in decide_start(Asked(host="10.0.0.5", insecure_no_auth=True)).warnings[0]
