"""What settings and a start come to."""

from __future__ import annotations

from hashlib import sha256

from tests.server.auth.asking import LOCAL_TOKEN
from tidemill.server.auth.first_start import Start
from tidemill.server.auth.protection import protection_of
from tidemill.settings import Settings

KEY = b"k" * 32


def protection(start="local", **api):
    settings = Settings(server={"api": api}).server.api
    return protection_of(settings, Start(start), host="127.0.0.1", local_token=LOCAL_TOKEN, csrf_key=KEY)


def test_the_defaults_let_no_stranger_in():
    made = protection()

    assert made.auth_digest is None
    assert made.csrf is None
    assert made.cors.origins == frozenset()
    assert not made.hosts.credential_needed


def test_settings_are_obeyed():
    made = protection(
        "required",
        auth_string="user:canary",
        allowed_hosts="tide.example.com",
        cors_allowed_origins="https://ui.example",
        csrf_protection_enabled="true",
        csrf_token_expiration="60",
    )

    assert made.auth_digest == sha256(b"user:canary").digest()
    assert made.hosts.allowed == ("tide.example.com",)
    assert made.hosts.credential_needed
    assert made.cors.names(b"https://ui.example")
    assert made.csrf.issue("c", 0).expiration_us == 60_000_000


def test_S3_secrets_do_not_show():
    shown = repr(protection("required", auth_string="user:canary", csrf_protection_enabled="true"))

    assert "canary" not in shown
    assert LOCAL_TOKEN not in shown
    assert "kkkk" not in shown
