"""One way to list and to show, for people, pipes and programs."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.cli.errors import UsageProblem
from tidemill.cli.moments import ago, span
from tidemill.cli.output import Column, Output, shortened
from tidemill.cli.plain_text import harmless, plain, to_json, to_yaml
from tidemill.settings import temporary_settings
from tidemill.settings.secret import Secret

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROWS = [
    {"id": "0198-a1", "name": "tidy-otter", "started": NOW, "tags": ["x"], "took": timedelta(seconds=3.42)},
    {"id": "0198-b2", "name": "line\nbreak\t\x1b[31m", "started": None, "tags": [], "took": None},
]
COLUMNS = [Column("id"), Column("name"), Column("took", show=span), Column("tags", wide=True)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(asked=None, fields=(), stream=None, rows=ROWS):
    stream = stream or io.StringIO()
    Output(asked, fields, stream).rows(rows, COLUMNS, key="name", empty="No runs.")
    return stream.getvalue()


def test_a_pipe_gets_one_line_each_with_tabs():
    assert shown() == "0198-a1\ttidy-otter\t3.4s\n0198-b2\tline\\nbreak\\t\\u001b[31m\t\n"


def test_a_terminal_gets_a_table(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    lines = shown(stream=Terminal()).splitlines()
    assert lines[0].split() == ["Id", "Name", "Took"]
    assert lines[1].split() == ["0198-a1", "tidy-otter", "3.4s"]


def test_wide_has_all_columns(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown("wide", stream=Terminal()).splitlines()[0].split() == ["Id", "Name", "Took", "Tags"]


def test_json_has_every_key_and_machine_values():
    assert json.loads(shown("json"))[0] == {
        "id": "0198-a1",
        "name": "tidy-otter",
        "started": "2026-01-02T03:04:05Z",
        "tags": ["x"],
        "took": 3.42,
    }
    assert [json.loads(line)["id"] for line in shown("jsonl").splitlines()] == ["0198-a1", "0198-b2"]


def test_names_alone():
    assert shown("name").splitlines()[0] == "tidy-otter"


def test_fields_choose_and_order():
    assert shown(fields=("took", "id")).splitlines()[0] == "3.4s\t0198-a1"
    assert json.loads(shown("json", ("tags",))) == [{"tags": ["x"]}, {"tags": []}]
    with pytest.raises(UsageProblem, match="unknown field 'nme', did you mean 'name'"):
        shown(fields=("nme",))
    with pytest.raises(UsageProblem, match="unknown field 'nme', did you mean 'name'"):
        shown("json", ("nme",))


def test_nothing_to_list():
    assert shown(rows=[]) == ""
    assert shown("json", rows=[]) == "[]\n"
    assert shown(stream=Terminal(), rows=[]) == "No runs.\n"


def test_colours_only_where_welcome(monkeypatch):
    columns = [Column("name", style=lambda _: "red")]
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    Output(None, (), terminal).rows(ROWS[:1], columns)
    assert "\x1b[31m" in terminal.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    Output(None, (), terminal).rows(ROWS[:1], columns)
    assert "\x1b" not in terminal.getvalue()


def test_one_thing():
    terminal, pipe = Terminal(), io.StringIO()
    Output(None, (), terminal).item({"run_count": 2, "name": None})
    Output(None, (), pipe).item({"run_count": 2, "name": None})
    assert terminal.getvalue() == "Run count:  2\nName:       \n"
    assert pipe.getvalue() == "run_count\t2\nname\t\n"


def test_yaml_in_block_style():
    value = {"a": [1, {"b": "x: y", "c": []}], "no": None, "d": {"e f": True}, "list": [[1, 2], []]}
    assert to_yaml(value) == (
        'a:\n  - 1\n  - b: "x: y"\n    c: []\n"no": null\nd:\n  "e f": true\nlist:\n  - - 1\n    - 2\n  - []'
    )


def test_plain_values():
    value = {
        1: UUID(int=1),
        "path": Path("/x"),
        "set": {2, 1},
        "secret": Secret("canary"),
        "when": NOW,
        "took": timedelta(minutes=1),
    }
    assert plain(value) == {
        "1": "00000000-0000-0000-0000-000000000001",
        "path": "/x",
        "set": [1, 2],
        "secret": "********",
        "when": "2026-01-02T03:04:05Z",
        "took": 60.0,
    }


@given(st.text(st.characters()))
def test_no_text_breaks_a_line_or_steers_a_terminal(text):
    safe = harmless(text)
    assert len(safe.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f]", safe)
    safe.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters()),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_json_is_read_again(value):
    text = to_json(value)
    text.encode()
    assert json.loads(text) == value


@given(st.lists(st.uuids(), min_size=1, max_size=30, unique=True))
def test_shortened_ids_stay_unique_prefixes(ids):
    short = [shortened(ids)(each) for each in ids]
    assert len(set(short)) == len(ids)
    assert all(str(each).startswith(prefix) and len(prefix) >= 8 for each, prefix in zip(ids, short, strict=True))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0124, "12ms"),
        (0.9996, "1.0s"),
        (3.42, "3.4s"),
        (59.96, "1m 00s"),
        (125, "2m 05s"),
        (3599.7, "1h 00m"),
        (3725, "1h 02m"),
        (273600, "3d 4h"),
        (-3.42, "-3.4s"),
    ],
)
def test_durations_for_people(seconds, text):
    assert span(seconds) == text
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=42), "42s ago"),
        (timedelta(minutes=3), "3m ago"),
        (timedelta(hours=-2), "in 2h"),
        (timedelta(days=4), "4d ago"),
        (timedelta(days=40), "2025-11-23"),
    ],
)
def test_moments_for_people(delta, text):
    assert ago(NOW - delta, NOW) == text


def test_wide_folds_nothing(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    screen = Terminal()

    Output("wide", (), screen).rows([{"id": "x" * 50, "name": "y" * 50}], COLUMNS[:2])

    assert f"{'x' * 50}  {'y' * 50}" in screen.getvalue()


def test_lines_are_not_wrapped_for_who_does_not_want_it(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    screen = Terminal()

    with temporary_settings({"cli.wrap_lines": False}):
        Output("table", (), screen).rows([{"id": "x" * 50, "name": "y" * 50}], COLUMNS[:2])

    assert screen.getvalue().splitlines()[1].split() == ["x" * 50, "y" * 50]
