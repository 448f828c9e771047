"""Concurrency limits from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_a_limit_is_made_changed_switched_and_deleted(cli):
    assert cli("gcl create db --limit 3").code == 0
    assert cli("gcl update db -l 5 --slot-decay-per-second 0.5").code == 0
    assert cli("gcl disable db").code == 0

    (limit,) = cli("gcl ls -o json").json
    assert (limit["name"], limit["limit"], limit["active"], limit["slot_decay_per_second"]) == ("db", 5, False, 0.5)

    cli("gcl enable db")
    assert cli("global-concurrency-limit inspect db -o json").json["active"] is True
    assert cli("gcl delete db").code == 0
    assert cli("gcl ls").out == ""


def test_inspect_writes_a_file(cli):
    cli("gcl create db --limit 3 --disable")

    cli("gcl inspect db --file db.json")

    assert json.loads(Path("db.json").read_text())["active"] is False


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("gcl create db --limit 1", 1, "there is a concurrency limit 'db' already\nTry: tidemill global-"),
        ("gcl inspect dbb", 3, "concurrency limit 'dbb' not found, did you mean 'db'?"),
        ("gcl update db", 2, "nothing to change was given"),
        ("gcl update db --enable --disable", 2, "--enable and --disable exclude each other"),
        ("gcl update db --active-slots 0", 2, "--active-slots cannot be set"),
        ("gcl create other", 2, "missing option '--limit'"),
    ],
)
def test_a_mistake_is_told_with_what_to_do_next(cli, line, code, message):
    cli("gcl create db --limit 3")

    told = cli(line)

    assert (told.code, told.err.startswith(f"Error: {message}")) == (code, True), told.err


def test_a_name_that_nobody_could_type_again_is_refused(cli):
    for name in ("", "  ", "a\nb"):
        told = cli("gcl create", name, "--limit", "1")
        assert told.err.startswith(f"Error: {name!r} cannot be the name of a concurrency limit\n")
    assert cli("gcl ls").out == ""


def test_a_hint_can_be_copied_though_the_name_has_blanks(cli):
    cli("gcl create --limit 1", "a b")

    assert "update 'a b' --limit 1\n" in cli("gcl create --limit 1", "a b").err
