"""Homes in odd places."""

from __future__ import annotations

_TWO_RUNS = """
import os, tempfile
from tidemill import flow, task

@task(persist_result=True)
def large(x):
    return b"x" * 200_000

@flow
def parent():
    os.chdir(tempfile.gettempdir())
    return len(large.submit(1).result())

print(parent(), parent())
"""


def test_a_relative_home_stays_where_it_was_when_the_process_changes_folder(walk):
    assert walk.told(_TWO_RUNS, home="home") == ["200000 200000"]
    assert [state for _, state in walk.states("flow_run")] == ["Completed"] * 2


def test_a_home_with_blanks_and_letters_of_any_kind(walk):
    walk.home = walk.folder / "mein Zuhause 家 🎉"
    assert walk.told(_TWO_RUNS) == ["200000 200000"]
    assert [state for _, state in walk.states("flow_run")] == ["Completed"] * 2
