"""F1: a process that dies while it makes a run or takes one over leaves one run, which another may take over."""

from __future__ import annotations

import pytest

from tests.faults.test_kills import campaign

pytestmark = pytest.mark.machine


#: Who dies before writing an entry leaves what one leaves who dies after writing the entry before it.
@pytest.mark.parametrize(
    "point",
    [
        "journal.before_write:1",
        "journal.after_write:3",
        *(pytest.param(f"journal.after_write:{entry}", marks=pytest.mark.thorough) for entry in (1, 2, 4)),
        *(pytest.param(f"journal.before_write:{entry}", marks=pytest.mark.thorough) for entry in range(2, 5)),
    ],
)
def test_f1_killed_while_a_run_is_made_there_is_one_run_at_most(point):
    campaign(point, "0")


@pytest.mark.parametrize(
    "second",
    [
        "store.after_commit:1",
        pytest.param("journal.after_write:1", marks=pytest.mark.thorough),
        pytest.param("store.after_commit:4", marks=pytest.mark.thorough),
        pytest.param("journal.before_write:1", marks=pytest.mark.thorough),
    ],
)
def test_f1_killed_after_claiming_the_run_can_be_claimed_again(second):
    campaign(f"journal.after_write:20,{second}", "0")
