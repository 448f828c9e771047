"""Who holds a run, and what is its own, whichever database it is (S3)."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import NOW, SECOND, Story, an_id, created, started
from tidemill.domain.run_tokens import RunBound, RunLease
from tidemill.domain.states import StateType
from tidemill.store.errors import RunHeldError, StaleEpochError, UnknownRunError

ALL = list(StateType)


@pytest.fixture
def story(store):
    return Story(store).alive()


def lease(run: str, **changes) -> RunLease:
    given = {"root_flow_run_id": run, "epoch": 1, "holder": "producer-1", "until_us": NOW + 20 * SECOND}
    return RunLease(flow_run_id=run, **(given | changes))


def test_a_lease_is_the_holders_until_it_ends(store, story):
    run = story.running()

    assert store.run_lease(run) == lease(run)
    store.beat("producer-1", NOW, NOW + 60 * SECOND)
    assert store.run_lease(run) == lease(run, until_us=NOW + 60 * SECOND)
    store.end_producer("producer-1", NOW)
    assert store.run_lease(run).holder is None


def test_a_lease_of_what_is_not_there_is_none(store):
    assert store.run_lease(an_id("nowhere")) is None
    assert store.run_lease("\ud800\x00") is None


def test_a_part_of_a_run_says_of_which(store, story):
    run = story.running()
    story.tell(created("below", root=run))

    assert store.run_lease(an_id("below")).root_flow_run_id == run


def test_what_is_the_runs_own_and_what_is_others(store, story):
    run, other = story.running(), story.running("other", flow="others")
    story.tell(created("below", root=run), started(run), started(other, "theirs"), started(None, "lone"))

    def owned(thing, *names):
        return store.owned_by_run(run, thing, [name if name in (run, other) else an_id(name) for name in names])

    assert owned("flow_run", run, other, "below", "new") == {run: True, other: False, an_id("below"): True}
    assert owned("task_run", "task", "theirs", "lone", "new") == {
        an_id("task"): True,
        an_id("theirs"): False,
        an_id("lone"): False,
    }
    flows = {one: store.read_flow_run(one).flow_id for one in (run, other)}
    assert store.owned_by_run(run, "flow", flows.values()) == {flows[run]: True, flows[other]: False}
    for thing in ("artifact", "deployment"):
        assert store.owned_by_run(run, thing, [an_id("x"), "\ud800"]) == {}


def bound(run: str, epoch: int = 1) -> RunBound:
    return RunBound(run, epoch)


def test_a_run_is_handed_over_under_its_epoch_once(store, story):
    run = story.running()
    mine = bound(run).producer_prefix
    Story(store, f"{mine}one").alive()
    Story(store, f"{mine}two").alive()

    claim = store.hand_over_run(bound(run), f"{mine}one", NOW, allow=ALL)

    assert (claim.epoch, claim.state_type, claim.next_ordinal) == (1, StateType.RUNNING, 1)
    assert store.run_lease(run).holder == f"{mine}one"
    assert store.hand_over_run(bound(run), f"{mine}one", NOW, allow=ALL) == claim
    with pytest.raises(RunHeldError, match="which was started for it"):
        store.hand_over_run(bound(run), f"{mine}two", NOW, allow=ALL)
    with pytest.raises(RunHeldError, match="it would have to be Scheduled"):
        store.hand_over_run(bound(run), f"{mine}one", NOW, allow=[StateType.SCHEDULED])


def test_a_run_that_was_claimed_since_is_not_handed_over(store, story):
    run = story.running()
    store.end_producer("producer-1", NOW)
    store.claim_flow_run(run, "another", NOW, allow=ALL)

    with pytest.raises(StaleEpochError, match="under epoch 2 now, not 1"):
        store.hand_over_run(bound(run), f"{bound(run).producer_prefix}one", NOW, allow=ALL)
    assert store.run_lease(run).epoch == 2


def test_what_is_not_there_is_not_handed_over(store):
    with pytest.raises(UnknownRunError):
        store.hand_over_run(bound(an_id("nowhere")), "x", NOW, allow=ALL)
