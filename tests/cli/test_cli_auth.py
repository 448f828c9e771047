"""Keys from the command line, and that their secrets are nowhere afterwards (S3)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidemill.domain.permissions import permissions_of
from tidemill.server.auth.keys import parse_key
from tidemill.store.sqlite.store import SqliteStore


def home() -> Path:
    return Path(os.environ["TIDEMILL_HOME"])


def kept():
    with SqliteStore.open(home() / "tidemill.db") as store:
        return store.api_keys()


def test_a_key_is_shown_once_and_opens(cli):
    told = cli("auth key create ci")

    presented = parse_key(told.lines[0])
    (row,) = kept()
    assert presented.matches(row.digest)
    assert (row.id, row.name, row.scopes, row.expires_us) == (presented.id, "ci", ("admin",), None)
    assert len(told.lines) == 1
    assert "shown this once" in told.err
    assert "TIDEMILL_API_KEY" in told.err


def test_S3_the_secret_stands_nowhere_in_the_home(cli):
    text = cli("auth key create canary-name").lines[0]
    cli("auth key ls")
    secret = text.split("_")[2]
    hidden = (secret, bytes.fromhex(secret))

    with SqliteStore.open(home() / "tidemill.db"):  # the log of the database stays as long as somebody has it open
        files = [path for path in home().rglob("*") if path.is_file()]
        found = b"".join(path.read_bytes() for path in files)

    assert b"canary-name" in found
    assert hidden[0].encode() not in found
    assert hidden[1] not in found
    for line in ("auth key ls -o json", "auth key ls -o wide", "auth key ls -o yaml"):
        told = cli(line)
        assert secret not in told.out + told.err
        assert kept()[0].digest not in told.out


def test_scopes_and_a_lifetime(cli):
    told = cli("auth key create ci -s runs:read --scope viewer --expires 90d -o json").json

    (row,) = kept()
    assert told["scopes"] == ["runs:read", "viewer"] == list(row.scopes)
    assert row.expires_us - row.created_us == 90 * 86_400_000_000
    assert parse_key(told["key"]).id == told["id"] == row.id
    assert row.actor().permissions == permissions_of(["viewer"])


def test_the_key_is_shown_in_every_format(cli):
    for number, form in enumerate(("name", "plain", "table", "jsonl", "yaml")):
        assert "tmk_" in cli(f"auth key create ci-{number} -o {form}").out


def test_keys_are_listed_and_revoked(cli):
    first = parse_key(cli("auth key create ci").lines[0])
    cli("auth key create other --expires 1h")

    told = cli("auth key revoke ci --yes")
    assert (told.code, told.out, told.err) == (0, "Revoked key 'ci'.\n", "")
    assert [(row["name"], row["status"]) for row in cli("auth key ls -o json").json] == [
        ("ci", "revoked"),
        ("other", "active"),
    ]
    assert cli("auth key revoke", first.id).code == 3
    assert cli("auth key create ci").code == 0


def test_a_key_is_revoked_by_the_beginning_of_its_id(cli):
    key = parse_key(cli("auth key create ci").lines[0])

    assert cli("auth key revoke", key.id[:6], "--yes").code == 0
    assert not kept()[0].holds_at(0)


def test_after_the_last_one_it_is_said_who_comes_in(cli):
    cli("auth key create ci")

    assert "No key is left" in cli("auth key revoke ci -y").err


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("auth key create ci", 1, "there is a key 'ci' already\nTry: tidemill auth key revoke ci"),
        ("auth key create x --scope runs:raed", 2, "unknown scope 'runs:raed', did you mean 'runs:read'?"),
        ("auth key create x --expires soon", 2, "expected --expires to be a duration as in 90d or 12h, got 'soon'"),
        ("auth key create x --expires 0", 2, "expected --expires to be a duration"),
        ("auth key create x --expires 1000000000000000", 2, "expected --expires to be a duration"),
        ("auth key revoke cii", 3, "no key that holds has the name or id 'cii', did you mean 'ci'?"),
        ("auth kei ls", 2, "unknown command 'tidemill auth kei', did you mean 'key'?"),
    ],
)
def test_a_mistake_is_told_with_what_to_do_next(cli, line, code, message):
    cli("auth key create ci")

    told = cli(line)

    assert (told.code, told.err.startswith(f"Error: {message}")) == (code, True), told.err
    assert len(kept()) == 1


def test_without_keys_the_list_is_empty(cli):
    assert cli("auth key ls").out == ""


def test_keys_go_where_the_server_looks_for_them(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("TIDEMILL_API_DATABASE_CONNECTION_URL", f"sqlite+aiosqlite:///{tmp_path}/server.db")

    text = cli("auth key create ci").lines[0]

    assert [row["id"] for row in cli("auth key ls -o json").json] == [parse_key(text).id]
    with SqliteStore.open(tmp_path / "server.db") as store:
        assert [each.name for each in store.api_keys()] == ["ci"]
    assert not (home() / "tidemill.db").exists()
