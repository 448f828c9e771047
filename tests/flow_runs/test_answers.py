"""What a run asks for when it pauses or suspends, and what it is given."""

from __future__ import annotations

from uuid import UUID

import pytest
from pydantic import BaseModel

from tests.flow_runs.resuming import resume
from tidemill import flow, pause_flow_run, resume_flow_run, suspend_flow_run
from tidemill.exceptions import (
    OptionError,
)


class Approval(BaseModel):
    by: str
    amount: int = 10


def test_a_pause_brings_an_answer(clock, only):
    @flow
    def asks():
        clock.to_happen = [lambda: resume(only, by="ann", amount=3)]
        return pause_flow_run(wait_for_input=Approval)

    answer = asks()

    assert isinstance(answer, Approval)
    assert answer.metadata.key == "paused-1-response"
    assert (answer.by, answer.amount) == ("ann", 3)


def test_plain_types_are_asked_for_by_their_value(clock, only):
    @flow
    def asks():
        clock.to_happen = [lambda: resume(only, value=[1, 2])]
        return pause_flow_run(wait_for_input=list[int])

    assert asks() == [1, 2]


def test_an_answer_survives_what_comes_after_it(clock, only, go_on):
    @flow
    def asks():
        answer = suspend_flow_run(wait_for_input=Approval)
        if only().run_count == 2:
            raise ValueError("once")
        return answer.amount

    asks(return_state=True)
    resume(only, by="ann")

    assert go_on(asks).is_failed()
    assert go_on(asks, retry=True).result() == 10


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [({}, "'by' is a required property"), ({"by": 3}, "by: 3 is not of type 'string'"), ({"by": "x", "at": 1}, "'at'")],
)
def test_an_answer_must_fit(only, answer, complaint):
    @flow
    def asks():
        suspend_flow_run(wait_for_input=Approval)

    asks(return_state=True)

    with pytest.raises(OptionError, match=complaint):
        resume_flow_run(UUID(only().id), answer)
    assert only().state_name == "Suspended"


def test_an_answer_that_nobody_asked_for_is_refused(two_parts, only):
    two_parts(return_state=True)

    with pytest.raises(OptionError, match="asks for no input"):
        resume(only, by="ann")


def test_without_its_answer_a_suspension_asks_again(only, go_on):
    """Continuing a run by hand brings none."""

    @flow
    def asks():
        return suspend_flow_run(wait_for_input=Approval).by

    asks(return_state=True)

    assert go_on(asks).name == "Suspended"
    resume(only, by="ann")
    assert go_on(asks).result() == "ann"
