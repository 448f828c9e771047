"""Results that cannot be kept or are not ours, and disks that are full, fail, or lose power.

F14 below the engine is in ``tests/journal`` and ``test_power_cut.py``; S12 of single texts and files in ``tests/results``.
"""

from __future__ import annotations

import base64
import os
import pickle

import apsw
import pytest

from tests.faults.going_on import only_root

pytestmark = pytest.mark.machine

KEPT = """
@task
def make(): note("begin make"); return {value}

@task
def use(value): note("begin use"); return type(value).__name__

@flow
def main():
    value = make()
    name = use(value)
    {deed}
    return name
"""
KILL = "os.kill(os.getpid(), 9)"


@pytest.mark.parametrize(
    "value",
    [
        "bytes(100_000)",
        pytest.param("threading.Lock()", marks=pytest.mark.thorough),
        pytest.param("(i for i in [1])", marks=pytest.mark.thorough),
    ],
)
def test_f22_a_result_that_was_not_kept_is_made_again_and_the_log_says_so(lives, value):
    lives.run(KEPT.format(value=value, deed=KILL) + "main()")

    code, _, told = lives.run(
        "logging.basicConfig(level=logging.INFO)\n" + KEPT.format(value=value, deed="pass") + "go_on(main).result()"
    )

    assert code == 0, told
    assert lives.effects.count("begin make") == 2
    assert "had completed, but its result was not kept: it runs again" in told


@pytest.mark.parametrize(("switch", "times"), [pytest.param("true", 1, marks=pytest.mark.thorough), ("false", 2)])
def test_the_keeping_can_be_turned_off(lives, switch, times):
    lives.run(KEPT.format(value="1", deed=KILL) + "main()", TIDEMILL_TASKS_KEEP_RESULTS=switch)

    code, _, told = lives.run(KEPT.format(value="1", deed="pass") + "go_on(main).result()")

    assert code == 0, told
    assert lives.effects == ["begin make", "begin use"] * times


IN_A_TRANSACTION = """
from tidemill.transactions import transaction
logging.basicConfig(level=logging.INFO)

@task(persist_result=True)
def small(): note("begin small"); return 1

@task(persist_result=True)
def large(): note("begin large"); return bytes(100_000)

@flow
def main():
    with transaction():
        total = small() + len(large())
        {before_commit}
    {after_commit}
    return total
"""


def test_f22_a_large_value_whose_transaction_did_not_commit_is_made_again_and_the_log_says_so(lives):
    program = IN_A_TRANSACTION.format(before_commit="{deed}", after_commit="pass")
    lives.run(program.format(deed=KILL) + "main()")

    code, printed, told = lives.run(program.format(deed="pass") + "print(go_on(main).result())")

    assert (code, printed) == (0, "100001\n"), told
    assert lives.effects == ["begin small", "begin large", "begin large"]
    assert "its result cannot be had" in told
    assert "It runs again" in told


def test_f22_one_whose_transaction_committed_is_there(lives):
    program = IN_A_TRANSACTION.format(before_commit="pass", after_commit="{deed}")
    lives.run(program.format(deed=KILL) + "main()")

    code, printed, told = lives.run(program.format(deed="pass") + "print(go_on(main).result())")

    assert (code, printed) == (0, "100001\n"), told
    assert lives.effects == ["begin small", "begin large"]


def test_f22_a_completion_is_recorded_only_with_its_bytes(lives, opened):
    """A value whose pickling kills the process leaves a body that was cut off, not a completion without a value."""
    fatal = "class Fatal:\n    def __reduce__(self): os.kill(os.getpid(), 9)\n"

    lives.run(fatal + KEPT.format(value="Fatal()", deed="pass") + "main()")

    home = opened()
    assert only_root(home).state_name == "Crashed"
    assert [run.state_name for run in home.store.find_task_runs()] == ["Crashed"]


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize(
    "forge",
    [
        "marked with another key",
        *(pytest.param(forge, marks=pytest.mark.thorough) for forge in ("unmarked", "cut", "other text")),
    ],
)
def test_s12_a_forged_result_is_refused_before_it_can_run_anything(lives, opened, tmp_path, forge):
    lives.run(KEPT.format(value="[1, 2]", deed=KILL) + "main()")
    opened().close()
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    text = {
        "unmarked": base64.b64encode(b"p" + bomb).decode(),
        "marked with another key": base64.b64encode(os.urandom(16) + b"p" + bomb).decode(),
        "cut": base64.b64encode(bytes(16)).decode(),
        "other text": "é" * 40,
    }[forge]
    with apsw.Connection(str(lives.home / "tidemill.db")) as connection:
        connection.execute("UPDATE task_run SET result = ? WHERE name LIKE 'make%'", (text,))
    connection.close()

    _, printed, told = lives.run(KEPT.format(value="[1, 2]", deed="print(value)") + "print(go_on(main).name)")

    assert not (tmp_path / "exploded").exists()
    assert "Completed" not in printed
    assert "a kept result is damaged" in told


@pytest.mark.parametrize(
    ("nth", "action"),
    [
        pytest.param(nth, action, marks=() if nth % 6 == (action == "enospc") * 3 + 1 else pytest.mark.thorough)
        for nth in range(1, 10)
        for action in ("enospc", "raise")
    ],
)
def test_f14_where_the_journal_takes_no_entry_the_flow_fails_and_says_why(lives, opened, action, nth):
    program = KEPT.format(value="[1, 2]", deed="pass")

    code, _, told = lives.run(program + "main()", TIDEMILL_FAIL=f"journal.before_write:{nth}:{action}")

    home = opened()
    states = {run.state_name for run in home.store.find_flow_runs()}
    assert "fail point journal.before_write" in told
    if code:
        assert "cannot be recorded in" in told
        assert states <= {"Failed", "Crashed"}
    else:  # the entry was a line of the log: the run does not fail for it
        assert "a log line" in told
        assert states == {"Completed"}
    home.store.check()


@pytest.mark.parametrize(
    "point", [pytest.param("journal.before_sync", marks=pytest.mark.thorough), "journal.after_sync"]
)
def test_f14_a_disk_that_fails_to_sync_ends_the_run_and_what_was_written_is_found(lives, opened, point):
    program = KEPT.format(value="[1, 2]", deed="pass")

    code, _, told = lives.run(program + "main()", TIDEMILL_FAIL=f"{point}:4:raise", TIDEMILL_DURABILITY="disk")

    assert code == 1, told
    assert "the disk did not keep the journal" in told
    assert only_root(opened()).state_name in {"Crashed", "Failed"}


def test_f14_a_store_that_cannot_commit_once_is_asked_again(lives, opened):
    """The first commits make the process known; those after them carry entries."""
    program = KEPT.format(value="[1, 2]", deed="pass")
    for nth in range(1, 5):
        lives.run(program + "main()", TIDEMILL_FAIL=f"store.before_commit:{nth}:enospc")

    home = opened()
    assert {run.state_name for run in home.store.find_flow_runs()} <= {"Completed", "Crashed", "Failed"}
    home.store.check()
