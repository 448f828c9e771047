from __future__ import annotations

import pytest

from tidemill.domain.runs import FlowRunInput
from tidemill.domain.states import StateType, from_us
from tidemill.exceptions import NotPausedError
from tidemill.store.errors import InputExistsError, UnknownRunError

from .story import NOW, SECOND, an_id, state


def an_input(run: str, key: str, value: str = "1", *, sender: str | None = None) -> FlowRunInput:
    return FlowRunInput(
        id=an_id(f"{key} {value}"), flow_run_id=run, key=key, value=value, created=from_us(NOW), sender=sender
    )


def paused(story, *, name: str = "Paused", run: str | None = None) -> str:
    run = run or story.running()
    story.tell(state(run, "PAUSED", name=name, ordinal=1, details={"pause_key": "1"}))
    return run


def test_a_run_whose_process_waits_goes_on_there(store, story):
    run = paused(story.alive())

    assert store.resume_flow_run(run, NOW + SECOND).state_type is StateType.RUNNING


def test_a_run_whose_process_is_gone_is_to_be_taken_up(store, story):
    run = paused(story.alive(lease_until=NOW))

    assert store.resume_flow_run(run, NOW + SECOND).state_name == "Resuming"


def test_a_suspended_run_is_to_be_taken_up_though_its_process_lives(store, story):
    run = paused(story.alive(), name="Suspended")

    assert store.resume_flow_run(run, NOW + SECOND).state_name == "Resuming"


def test_a_run_is_resumed_once(store, story):
    run = paused(story.alive())
    store.resume_flow_run(run, NOW + SECOND, an_input(run, "paused-1-response", '"first"'))

    with pytest.raises(NotPausedError):
        store.resume_flow_run(run, NOW + SECOND, an_input(run, "paused-1-response", '"second"'))

    assert store.read_flow_run_input(run, "paused-1-response") == '"first"'


def test_an_unknown_run_is_not_resumed(store):
    with pytest.raises(UnknownRunError):
        store.resume_flow_run(an_id("nobody"), NOW)


def test_a_decision_from_a_state_that_was_left_changes_nothing(store, story):
    run = paused(story.alive())
    present = store.read_flow_run(run).state
    store.resume_flow_run(run, NOW + SECOND)

    after = store.set_flow_run_state(run, store.flow_run_states(run)[0], only_from=present.id)

    assert (after.state_type, after.next_ordinal) == (StateType.RUNNING, 3)


def test_inputs_are_found_by_the_beginning_of_their_keys_in_order(store, story):
    run, other = story.running(), story.running("other")
    for key in ("b-2", "a-1", "a-%"):
        store.put_flow_run_input(an_input(run, key, sender="me"))
    store.put_flow_run_input(an_input(other, "a-9"))

    def keys(prefix, **options):
        return [found.key for found in store.find_flow_run_inputs(run, prefix, **options)]

    assert keys("a-", limit=10) == ["a-1", "a-%"]
    assert keys("a-") == ["a-1"]
    assert keys("a-", exclude_keys={"a-1"}) == ["a-%"]
    assert keys("%", limit=10) == []
    assert store.find_flow_run_inputs(run, "b")[0] == an_input(run, "b-2", sender="me")
    assert an_input(run, "x", '{"a": [1]}').decoded_value == {"a": [1]}


def test_a_key_is_given_once_unless_replaced(store, story):
    run = story.running()
    store.put_flow_run_input(an_input(run, "k"))

    with pytest.raises(InputExistsError, match="'k'"):
        store.put_flow_run_input(an_input(run, "k", "2"))
    store.put_flow_run_input(an_input(run, "k", "3"), replace=True)

    assert store.read_flow_run_input(run, "k") == "3"


def test_inputs_can_be_forgotten_and_go_with_their_run(store, story):
    run = story.running()
    store.put_flow_run_input(an_input(run, "k"))
    store.put_flow_run_input(an_input(run, "l"))

    assert store.delete_flow_run_input(run, "k")
    assert not store.delete_flow_run_input(run, "k")
    store.delete_flow_run(run)
    assert store.read_flow_run_input(run, "l") is None


def test_nobody_gets_no_input(store):
    with pytest.raises(UnknownRunError):
        store.put_flow_run_input(an_input(an_id("nobody"), "k"))


@pytest.mark.parametrize("replace", [False, True])
def test_an_id_is_given_to_one_input(store, story, replace):
    run = story.running()
    store.put_flow_run_input(an_input(run, "k"))
    other = FlowRunInput(id=an_id("k 1"), flow_run_id=run, key="other", value="2", created=from_us(NOW), sender=None)

    with pytest.raises(InputExistsError, match="has the id"):
        store.put_flow_run_input(other, replace=replace)
