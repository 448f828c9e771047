"""Task runs that somebody else than their caller's process will run."""

from __future__ import annotations

import pytest

from tests.domain.orchestration.making import being, knowing, proposing, task_run
from tidemill.domain.orchestration.effects import Enqueue
from tidemill.domain.orchestration.tasks.copy_parameters_id import CopyTaskParametersID
from tidemill.domain.orchestration.tasks.enqueue import EnqueueScheduledTasks


@pytest.mark.parametrize(
    ("kept", "named", "expected"),
    [("one", None, "one"), ("one", "two", "two"), (None, "two", "two"), (None, None, None)],
)
@pytest.mark.parametrize("proposed", ["Pending", "Running"])
def test_parameters_are_kept(kept, named, expected, proposed):
    state = proposing(proposed, task_parameters_id=named)

    verdict = CopyTaskParametersID().judge(task_run(being("Scheduled", task_parameters_id=kept)), state, knowing())

    assert (verdict.state or state).details.task_parameters_id == expected


@pytest.mark.parametrize(("deferred", "effects"), [(True, (Enqueue("task-run", "task"),)), (False, ()), (None, ())])
def test_what_is_deferred_waits_on_its_queue(deferred, effects):
    run = task_run()

    assert (
        EnqueueScheduledTasks().follow(run, run, proposing("Scheduled", deferred=deferred), knowing()).effects
        == effects
    )
