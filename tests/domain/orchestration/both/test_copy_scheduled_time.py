from __future__ import annotations

import pytest

from tests.domain.orchestration.making import NOW, SECOND, being, flow_run, knowing, proposing
from tidemill.domain.orchestration.both.copy_scheduled_time import CopyScheduledTime
from tidemill.domain.orchestration.verdicts import Accept
from tidemill.domain.states import from_us

RULE = CopyScheduledTime()


def test_a_pending_run_is_still_due_when_it_was():
    verdict = RULE.judge(flow_run(being("Scheduled", scheduled_time=60)), proposing("Pending"), knowing())

    assert verdict.state.details.scheduled_time == from_us(NOW + 60 * SECOND)


@pytest.mark.parametrize("run", [flow_run(), flow_run(being("Scheduled", scheduled_time=60))])
def test_a_time_of_its_own_counts(run):
    assert RULE.judge(run, proposing("Pending", scheduled_time=10), knowing()) == Accept()
