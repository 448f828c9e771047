"""What holds for every run, every proposal and every policy."""

from __future__ import annotations

import copy
from itertools import product

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from tests.domain.orchestration.making import NOW, RESULT, SECOND, being, flow_run, knowing, proposing, task_run
from tests.domain.orchestration.test_policies import POLICIES
from tidemill.domain.orchestration import (
    DeploymentLimit,
    FlowRunAround,
    RunPolicy,
    TagLimit,
    judge,
    judge_resumption,
    needed_facts,
)
from tidemill.domain.states import NAMES_BY_TYPE, REOPENING, TERMINAL_STATES, StateType

ASKED = {name: policy for name, policy in POLICIES.items() if not name.startswith("Global")}
NAMES = sorted({name for names in NAMES_BY_TYPE.values() for name in names})
MAKE = {"flow_run": flow_run, "task_run": task_run}

seconds = st.one_of(st.none(), st.integers(-100, 100))
ids = st.sampled_from([None, "one", "two"])
details = st.fixed_dictionaries(
    {},
    optional={
        "scheduled_time": seconds,
        "pause_timeout": seconds,
        "pause_reschedule": st.booleans(),
        "pause_key": ids,
        "cache_key": st.sampled_from([None, "k", "k" * 3000]),
        "cache_expiration": seconds,
        "refresh_cache": st.sampled_from([None, True, False]),
        "retriable": st.sampled_from([None, True, False]),
        "deferred": st.booleans(),
        "transition_id": ids,
        "task_parameters_id": ids,
        "deployment_concurrency_lease_id": ids,
    },
)
data = st.sampled_from([None, RESULT, {"type": "unpersisted"}])
proposals = st.builds(
    lambda name, data, details: proposing(name, data=data, **details), st.sampled_from(NAMES), data, details
)
presents = st.one_of(
    st.none(),
    st.builds(
        lambda name, since, data, details: being(name, since=since, data=data, **details),
        st.sampled_from(NAMES),
        st.integers(-50, 50),
        data,
        details,
    ),
)
run_policies = st.builds(
    RunPolicy,
    retries=st.one_of(st.none(), st.integers(0, 3)),
    retry_delay=st.one_of(st.none(), st.integers(0, 100), st.lists(st.floats(0, 50), max_size=3)),
    retry_jitter_factor=st.one_of(st.none(), st.floats(0, 2)),
    pause_keys=st.one_of(st.none(), st.frozensets(st.sampled_from(["one", "two"]))),
    resuming=st.sampled_from([None, True, False]),
    retry_type=st.sampled_from([None, "in_process", "reschedule"]),
)
shared = {
    "policy": run_policies,
    "run_count": st.integers(0, 5),
    "total_run_time_us": st.integers(0, 10 * SECOND),
    "start_us": st.one_of(st.none(), st.just(NOW - 60 * SECOND)),
}
runs = {
    "flow_run": st.builds(
        flow_run, presents, **shared, deployment_id=ids, infrastructure_pid=ids, parent_task_run_id=ids
    ),
    "task_run": st.builds(
        task_run,
        presents,
        **shared,
        flow_run_id=ids,
        tags=st.sampled_from([(), ("a",)]),
        flow_run_attempt=st.integers(0, 3),
    ),
}
known = st.builds(
    knowing,
    client_version=st.sampled_from([None, "3.4.10", "3.4.11", "3.8.8", "3.8", "nonsense"]),
    cached_state=st.one_of(st.none(), st.just(being("Completed", data=RESULT, cache_key="k"))),
    tag_limits=st.lists(
        st.builds(TagLimit, tag=st.just("a"), limit=st.integers(0, 2), free=st.integers(0, 2), held=st.booleans()),
        max_size=2,
    ).map(tuple),
    flow_run=st.one_of(st.none(), st.builds(FlowRunAround, state=presents, run_count=st.integers(0, 3))),
    deployment_limit=st.one_of(
        st.none(),
        st.builds(
            DeploymentLimit,
            id=st.just("limit"),
            limit=st.integers(0, 2),
            free=st.integers(0, 2),
            strategy=st.sampled_from(["ENQUEUE", "CANCEL_NEW"]),
            lease_is_live=st.booleans(),
        ),
    ),
    transition_known=st.booleans(),
    chance=st.floats(0, 1, exclude_max=True),
)


def coherent(hearing):
    """Facts as they can be: a run without a deployment, a flow run, tags or a known key has nothing to be known there."""
    policy, run, proposed, facts = hearing
    there_is = {
        "flow_run": getattr(run, "flow_run_id", None),
        "deployment_limit": getattr(run, "deployment_id", None),
        "tag_limits": getattr(run, "tags", ()),
        "cached_state": proposed.details.cache_key,
        "transition_known": proposed.details.transition_id,
    }
    nothing = {name: getattr(knowing(), name) for name, what in there_is.items() if not what}
    return policy, run, proposed, msgspec.structs.replace(facts, **nothing)


hearings = (
    st.sampled_from(sorted(ASKED))
    .flatmap(lambda name: st.tuples(st.just(ASKED[name]), runs[ASKED[name].kind], proposals, known))
    .map(coherent)
)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_every_step_gets_a_verdict(name):
    policy = ASKED[name]
    for present, proposed in product([None, *StateType], StateType):
        run, asked = MAKE[policy.kind](present and str(present)), proposing(str(proposed))

        assert judge(policy, run, asked, knowing()).status in {"ACCEPT", "REJECT", "WAIT", "ABORT"}


@given(hearings)
def test_a_judgement_is_whole(hearing):
    """Something is written or nothing is; what refuses says why."""
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    assert (judgement.reason is None) == (judgement.status == "ACCEPT")
    assert judgement.reason is None or (judgement.reason[0].isupper() and judgement.reason.endswith("."))
    assert (judgement.delay_seconds is None) == (judgement.status != "WAIT")
    if judgement.state is None:
        assert judgement.status != "ACCEPT"
        assert (judgement.run, judgement.effects) == (run, ())
    else:
        assert judgement.status in {"ACCEPT", "REJECT"}
        assert (judgement.run.state_type, judgement.run.state_name) == (judgement.state.type, judgement.state.name)
        assert judgement.run.state_us == judgement.state.timestamp_us
        assert policy.kind == "task_run" or judgement.run.state_us != run.state_us


@given(hearings)
def test_the_same_question_gets_the_same_answer_and_changes_nothing(hearing):
    policy, run, proposed, facts = hearing
    before = copy.deepcopy((run, proposed, facts))

    first, second = judge(policy, run, proposed, facts), judge(policy, run, proposed, facts)

    assert first == second
    assert (run, proposed, facts) == before


@given(hearings)
def test_an_accepted_state_is_the_proposed_one(hearing):
    """Rules may name it more exactly and add to its details; its type is what was asked for."""
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    if judgement.status == "ACCEPT":
        assert (judgement.state.type, judgement.state.data) == (proposed.type, proposed.data)


@given(hearings)
def test_the_row_fits_its_state(hearing):
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    after = judgement.run
    if judgement.state is not None:
        assert (after.end_us is not None) == (after.state_type in TERMINAL_STATES)
        assert (after.next_scheduled_start_us is not None) == (after.state_type is StateType.SCHEDULED)
        assert after.expected_start_us is not None
        assert after.total_run_time_us >= run.total_run_time_us
        assert after.start_us is not None or (after.state_type is not StateType.RUNNING and after.end_us is None)


@given(hearings)
def test_what_is_over_is_left_only_to_run_again(hearing):
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    if "Core" in policy.name and run.state_type in TERMINAL_STATES:
        left = judgement.state is not None and judgement.state.type not in TERMINAL_STATES
        assert not left or proposed.type in REOPENING


@given(hearings)
def test_a_kept_result_is_not_lost(hearing):
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    keeps = run.state is not None and run.state.type is StateType.COMPLETED and run.state.has_result
    if keeps and policy.name not in {"MinimalTaskPolicy", "MarkLateRunsPolicy"} and judgement.state is not None:
        replaced = judgement.state.type is StateType.COMPLETED and not judgement.state.has_result
        assert not replaced
        assert policy.name == "MinimalFlowPolicy" or judgement.state.type not in REOPENING


@given(hearings)
def test_a_flow_run_that_is_being_cancelled_becomes_cancelled(hearing):
    policy, run, proposed, facts = hearing

    judgement = judge(policy, run, proposed, facts)

    if policy.name == "CoreFlowPolicy" and run.state_type is StateType.CANCELLING and judgement.state is not None:
        assert judgement.state.type is StateType.CANCELLED


@given(hearings)
def test_what_was_not_asked_for_does_not_matter(hearing):
    """A loader that looks up no more than it is told to loses nothing."""
    policy, run, proposed, facts = hearing
    wanted = {fact.value for fact in needed_facts(policy, run, proposed)}
    looked_up = ("cached_state", "tag_limits", "flow_run", "deployment_limit", "transition_known", "chance")
    bare = knowing(
        client_version=facts.client_version, **{name: getattr(facts, name) for name in looked_up if name in wanted}
    )

    assert judge(policy, run, proposed, bare) == judge(policy, run, proposed, facts)


@given(runs["flow_run"], known)
def test_resuming_has_an_answer_for_every_run(run, facts):
    judgement = judge_resumption(run, facts)

    if run.state_type is not StateType.PAUSED:
        assert (judgement.status, judgement.state) == ("ABORT", None)
    elif judgement.status == "ACCEPT":
        assert judgement.state.name in {"Running", "Resuming"}
