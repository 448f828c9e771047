"""What is drawn on a terminal while a run goes on."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console
from rich.text import Text

from tidemill.api.embedded import Home
from tidemill.cli.live import console_for, drawn, live
from tidemill.cli.tree import Branch, branches, task_name
from tidemill.domain.runs import FlowRun, Tally
from tidemill.domain.states import StateType
from tidemill.system.clock import JumpingClock

_S = StateType
TALLIES = [
    Tally("train", "read-1a2b", _S.COMPLETED, 3),
    Tally("train", "fit-3c4d", _S.COMPLETED, 1),
    Tally("train", "fit-3c4d", _S.RUNNING, 2),
    Tally("report", "draw-5e6f", _S.FAILED, 1),
    Tally("report", None, _S.RUNNING, 1),
]
NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.fixture
def home(tmp_path):
    opened = Home(tmp_path / "home", JumpingClock())
    yield opened
    opened.close()


def test_tasks_are_folded_by_name_and_subflows_hold_theirs():
    assert branches(TALLIES, "train") == [
        Branch("read", 0, {_S.COMPLETED: 3}),
        Branch("fit", 0, {_S.COMPLETED: 1, _S.RUNNING: 2}),
        Branch("report", 0, {_S.RUNNING: 1}, is_flow=True),
        Branch("draw", 1, {_S.FAILED: 1}),
    ]


def test_a_flow_that_calls_itself_is_one_branch():
    found = branches([Tally("f", "t-1", _S.RUNNING, 1), Tally("f", None, _S.RUNNING, 2)], "f")

    assert [(branch.name, branch.depth, branch.total) for branch in found] == [("t", 0, 1), ("f", 0, 2)]


@pytest.mark.parametrize(("key", "name"), [("read-1a2b", "read"), ("two-words-1a2b", "two-words"), ("bare", "bare")])
def test_the_name_of_a_task_is_its_key_without_the_hash(key, name):
    assert task_name(key) == name


def test_the_tree_shows_counts_and_what_is_not_done(home):
    run = FlowRun(
        id="1", name="tidy-otter\x1b[31m", flow_id="2", flow_name="train", root_flow_run_id="1", created=NOW, updated=NOW,
        expected_start_time=NOW, state_type=_S.RUNNING, state_name="Running", start_time=NOW,
    )  # fmt: skip
    home.clock.sleep(2.5)
    page = io.StringIO()

    Console(file=page, width=100, no_color=True).print(drawn(home, run, branches(TALLIES, "train")))

    lines = [" ".join(line.replace("━", " ").split()) for line in page.getvalue().splitlines()]
    assert lines == [
        "tidy-otter\\u001b[31m train Running 2.5s",
        "read 3/3",
        "fit ╺ 1/3 2 running" if "╺" in page.getvalue() else "fit 1/3 2 running",
        "report 0/1 1 running",
        "draw 1/1 1 failed",
    ]


def test_lines_printed_meanwhile_are_not_broken_at_the_edge(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    screen = io.StringIO()
    line = "a line that is longer than the screen is wide"

    with live(console_for(screen)) as view:
        view.console.print(Text(line))

    assert line in screen.getvalue()
