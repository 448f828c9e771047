"""F1: a process that dies while it makes a run or takes one over leaves one run, which another may take over."""

from __future__ import annotations

import pytest

from tests.faults.test_kills import campaign

pytestmark = pytest.mark.machine


@pytest.mark.parametrize("entry", [1, 2, 3, 4])
@pytest.mark.parametrize("point", ["journal.before_write", "journal.after_write"])
def test_f1_killed_while_a_run_is_made_there_is_one_run_at_most(point, entry):
    campaign(f"{point}:{entry}", "0")


@pytest.mark.parametrize(
    "second", ["store.after_commit:1", "store.after_commit:4", "journal.before_write:1", "journal.after_write:1"]
)
def test_f1_killed_after_claiming_the_run_can_be_claimed_again(second):
    campaign(f"journal.after_write:20,{second}", "0")
