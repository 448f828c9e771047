"""Cache policies: which calls are the same, and how policies add up."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.cache_policies import (
    DEFAULT,
    FLOW_PARAMETERS,
    INPUTS,
    NO_CACHE,
    NONE,
    RUN_ID,
    STABLE_TRANSFORMS,
    TASK_SOURCE,
    CacheKeyFnPolicy,
    CachePolicy,
    CompoundCachePolicy,
    FlowParameters,
    Inputs,
    RunId,
    TaskSource,
    task_input_hash,
)
from tidemill.exceptions import HashError
from tidemill.locking.memory import MemoryLockManager
from tidemill.system.clock import JumpingClock


def load(path):
    return path


def load_again(path):
    return path


def context(fn=load, flow_run_id="flow-1", task_run_id="task-1"):
    task = SimpleNamespace(fn=fn, task_key="load")
    return SimpleNamespace(task=task, task_run=SimpleNamespace(id=task_run_id, flow_run_id=flow_run_id), parameters={})


def key(policy, ctx=None, inputs=None, parameters=None):
    return policy.compute_key(ctx or context(), {"x": 1} if inputs is None else inputs, parameters or {})


basic = st.sampled_from([INPUTS, TASK_SOURCE, RUN_ID, FLOW_PARAMETERS, INPUTS - "x", NO_CACHE])
policies = st.recursive(basic, lambda inner: st.builds(lambda a, b: a + b, inner, inner), max_leaves=6)


def kinds(policy):
    return {type(part) for part in policy._parts()}


def test_the_default_is_inputs_source_and_run():
    assert kinds(DEFAULT) == {Inputs, TaskSource, RunId}
    assert NONE is NO_CACHE


def test_inputs_count_by_content_and_name():
    assert key(INPUTS) == key(INPUTS, inputs={"x": 1})
    assert len({key(INPUTS, inputs=i) for i in ({"x": 1}, {"x": 2}, {"y": 1}, {"x": True}, {"x": 1, "y": 2})}) == 5
    assert key(INPUTS, inputs={}) is None


def test_a_subtracted_argument_does_not_count():
    policy = DEFAULT - "verbose"

    assert key(policy, inputs={"x": 1, "verbose": True}) == key(policy, inputs={"x": 1, "verbose": False})
    assert key(policy, inputs={"x": 1, "verbose": threading.Lock()}) == key(policy, inputs={"x": 1})
    assert key(policy, inputs={"x": 2, "verbose": True}) != key(policy, inputs={"x": 1, "verbose": True})
    assert (INPUTS - "a" - "b").exclude == ["a", "b"]
    assert INPUTS.exclude == []


def test_the_source_counts_and_the_function_alone_does_not():
    assert key(TASK_SOURCE) == key(TASK_SOURCE, context(load))
    assert key(TASK_SOURCE) != key(TASK_SOURCE, context(load_again))
    assert len({key(TASK_SOURCE, context(fn)) for fn in (lambda: 1, lambda: 2)}) == 2
    assert key(TASK_SOURCE, context(eval("lambda x: x + 1"))) == key(TASK_SOURCE, context(eval("lambda x: x + 1")))
    assert TASK_SOURCE.compute_key(None, {}, {}) is None


def test_methods_and_callables_have_a_source():
    class Loader:
        def run(self):
            return 1

        def __call__(self):
            return 2

    assert key(TASK_SOURCE, context(Loader().run)) == key(TASK_SOURCE, context(Loader.run))
    assert key(TASK_SOURCE, context(Loader())) == key(TASK_SOURCE, context(Loader()))


def test_the_run_is_the_flow_run_or_the_task_run():
    assert key(RUN_ID) == "flow-1"
    assert key(RUN_ID, context(flow_run_id=None)) == "task-1"


def test_flow_parameters_count():
    assert key(FLOW_PARAMETERS) is None
    assert key(FLOW_PARAMETERS, parameters={"a": 1}) != key(FLOW_PARAMETERS, parameters={"a": 2})


def test_a_function_makes_the_key():
    seen = []
    policy = CachePolicy.from_cache_key_fn(lambda ctx, arguments: seen.append((ctx, arguments)) or "mine")
    ctx = context()

    assert key(policy, ctx) == "mine"
    assert seen == [(ctx, {"x": 1})]
    assert isinstance(policy, CacheKeyFnPolicy)
    assert key(CacheKeyFnPolicy()) is None
    assert key(policy + INPUTS) not in {"mine", key(INPUTS), None}


def test_inputs_that_cannot_be_hashed_are_named():
    with pytest.raises(HashError, match="argument 'connection': a lock has no content"):
        key(DEFAULT, inputs={"connection": threading.Lock()})


def test_a_transform_makes_an_input_hashable(monkeypatch):
    monkeypatch.setitem(STABLE_TRANSFORMS, type(threading.Lock()), lambda _lock: "a lock")

    assert key(INPUTS, inputs={"x": threading.Lock()}) == key(INPUTS, inputs={"x": "a lock"})


@given(policies)
def test_no_cache_adds_nothing(policy):
    assert policy + NO_CACHE == policy == NO_CACHE + policy


@given(policies, policies)
def test_a_sum_has_the_parts_of_both(one, other):
    total = one + other
    assert kinds(total) | {type(NO_CACHE)} == kinds(one) | kinds(other) | {type(NO_CACHE)}


@given(policies)
def test_a_policy_twice_is_that_policy(policy):
    assert key(policy + policy, parameters={"p": 1}) == key(policy, parameters={"p": 1})


@given(policies, policies, policies)
def test_grouping_does_not_matter(a, b, c):
    assert key((a + b) + c, parameters={"p": 1}) == key(a + (b + c), parameters={"p": 1})


@given(policies, policies)
def test_adding_changes_neither_side(one, other):
    before = repr(one), repr(other)
    one + other
    one - "z"
    assert (repr(one), repr(other)) == before


def test_what_is_no_policy_cannot_be_added_and_only_names_subtracted():
    with pytest.raises(TypeError):
        INPUTS + 3
    with pytest.raises(TypeError, match="only the name of an argument"):
        RUN_ID - 3
    assert RUN_ID - "x" == RUN_ID
    with pytest.raises(TypeError, match="abstract"):
        CachePolicy()


def test_settings_are_carried_by_sums_and_must_agree(tmp_path):
    locks = MemoryLockManager(JumpingClock())
    stored = INPUTS.configure(key_storage=tmp_path, isolation_level="SERIALIZABLE", lock_manager=locks)

    total = RUN_ID + stored

    assert isinstance(total, CompoundCachePolicy)
    assert (total.key_storage, total.isolation_level, total.lock_manager) == (tmp_path, "SERIALIZABLE", locks)
    assert INPUTS.key_storage is None
    assert (total - "x").key_storage == tmp_path
    with pytest.raises(ValueError, match="differ in key_storage"):
        stored + RUN_ID.configure(key_storage=tmp_path / "other")


def test_a_policy_of_ones_own_adds_up():
    class Month(CachePolicy):
        def compute_key(self, task_ctx, inputs, flow_parameters, **kwargs):
            return inputs["month"]

    policy = Month() + INPUTS - "month"

    assert key(policy, inputs={"month": "1", "x": 1}) != key(policy, inputs={"month": "2", "x": 1})
    assert FlowParameters() == FLOW_PARAMETERS


def test_task_input_hash_counts_code_and_arguments():
    assert task_input_hash(context(), {"x": 1}) == task_input_hash(context(), {"x": 1})
    assert task_input_hash(context(), {"x": 1}) != task_input_hash(context(), {"x": 2})
    assert task_input_hash(context(), {"x": 1}) != task_input_hash(context(load_again), {"x": 1})
    assert task_input_hash(context(), {"x": threading.Lock()}) is None
