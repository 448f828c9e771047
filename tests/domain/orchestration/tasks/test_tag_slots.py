from __future__ import annotations

import pytest

from tests.domain.orchestration.making import knowing, proposing, task_run, told
from tidemill.domain.orchestration import TagLimit
from tidemill.domain.orchestration.effects import ReleaseTagSlots, TakeTagSlots
from tidemill.domain.orchestration.tasks.release_slots import ReleaseTaskConcurrencySlots
from tidemill.domain.orchestration.tasks.secure_slots import SecureTaskConcurrencySlots

FREE, FULL, SHUT = (
    TagLimit(tag="free", limit=2, free=1),
    TagLimit(tag="full", limit=2, free=0),
    TagLimit(tag="shut", limit=0, free=0),
)
MINE = TagLimit(tag="mine", limit=1, free=0, held=True)


@pytest.mark.parametrize(
    ("limits", "answer", "taken"),
    [
        ((), "ACCEPT", None),
        ((FREE,), "ACCEPT", ("free",)),
        ((FREE, MINE), "ACCEPT", ("free",)),
        ((MINE,), "ACCEPT", None),
        ((FREE, FULL), "WAIT 10", None),
        ((FULL, SHUT), "ABORT", None),
        ((SHUT,), "ABORT", None),
    ],
)
def test_all_slots_or_none(limits, answer, taken):
    verdict = SecureTaskConcurrencySlots().judge(task_run("Pending"), proposing("Running"), knowing(tag_limits=limits))

    assert told(verdict) == answer
    assert getattr(verdict, "effects", ()) == ((TakeTagSlots("task-run", taken),) if taken else ())


def test_how_long_to_wait_is_a_setting():
    facts = knowing(tag_limits=(FULL,), slot_wait_seconds=2.5)

    assert told(SecureTaskConcurrencySlots().judge(task_run("Pending"), proposing("Running"), facts)) == "WAIT 3"


@pytest.mark.parametrize(
    ("present", "written", "released"),
    [
        ("Running", "Completed", True),
        ("Running", "AwaitingRetry", True),
        ("Running", "Paused", True),
        ("Running", "Running", False),
        ("Running", "Cancelling", False),
        ("Cancelling", "Cancelled", True),
        ("Pending", "Running", False),
        ("Pending", "Cancelled", False),
    ],
)
def test_slots_are_given_back(present, written, released):
    run = task_run(present, tags=("a",))

    followed = ReleaseTaskConcurrencySlots().follow(run, run, proposing(written), knowing())

    assert followed.effects == ((ReleaseTagSlots("task-run"),) if released else ())


def test_a_run_without_tags_has_none():
    run = task_run("Running")

    assert ReleaseTaskConcurrencySlots().follow(run, run, proposing("Completed"), knowing()).effects == ()
