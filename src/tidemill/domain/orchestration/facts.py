"""What is known when a state change is judged: the run, what it asks to become, and what a rule asked to be looked up.

Times are whole microseconds since 1970, UTC, as the store keeps them. Nothing here is looked up by itself.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, Literal, TypedDict

import msgspec

from tidemill.domain.states import StateDetails, StateType


class ProposedState(msgspec.Struct, frozen=True, kw_only=True):
    """A state that somebody wants a run to have. Make one with ``proposed_state``.

    ``id`` is given where it follows from something (a resumed pause); otherwise who writes the state makes one up.
    ``data`` is what is kept of the result, in whatever form its store has; ``has_result`` says whether it is a result
    that can be read again.
    """

    type: StateType
    name: str
    timestamp_us: int
    id: str | None = None
    message: str | None = None
    details: StateDetails = msgspec.field(default_factory=StateDetails)
    data: Any = None
    has_result: bool = False


class PresentState(ProposedState, frozen=True, kw_only=True):
    """The state that a run has."""

    id: str


RetryType = Literal["in_process", "reschedule"]


class RunPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was told about trying again, and remembers of its pauses: the wire's ``empirical_policy``.

    ``retry_delay`` is seconds, one for all or one each. Keys that no rule reads are not here: who writes the policy
    back lays ``policy_changes`` over what was there.
    """

    retries: int | None = None
    retry_delay: float | list[float] | None = None
    retry_jitter_factor: float | None = None
    pause_keys: frozenset[str] | None = None
    resuming: bool | None = None
    retry_type: RetryType | None = None


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What rules know of any run; fields as the columns of its row, and ``state``, what the run's last state says.

    Make the three ``state_…`` fields agree with ``state`` by ``standing``. All are ``None`` before the first state.
    """

    id: str
    state: PresentState | None = None
    state_type: StateType | None = None
    state_name: str | None = None
    state_us: int | None = None
    run_count: int = 0
    policy: RunPolicy = RunPolicy()
    start_us: int | None = None
    end_us: int | None = None
    expected_start_us: int | None = None
    next_scheduled_start_us: int | None = None
    total_run_time_us: int = 0


class FlowRunFacts(RunFacts, frozen=True, kw_only=True):
    """What rules know of a flow run. ``infrastructure_pid`` names what a worker started for it."""

    deployment_id: str | None = None
    infrastructure_pid: str | None = None
    parent_task_run_id: str | None = None


class TaskRunFacts(RunFacts, frozen=True, kw_only=True):
    """What rules know of a task run. ``flow_run_attempt`` is the attempt of its flow run that it last belonged to."""

    flow_run_id: str | None = None
    task_key: str = ""
    tags: tuple[str, ...] = ()
    flow_run_attempt: int = 0


class FlowRunAround(msgspec.Struct, frozen=True, kw_only=True):
    """The flow run that a task run belongs to."""

    state: PresentState | None
    run_count: int


class TagLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A concurrency limit on a tag of the task run. ``held`` says that this task run has a slot of it already."""

    tag: str
    limit: int
    free: int
    held: bool = False


CollisionStrategy = Literal["ENQUEUE", "CANCEL_NEW"]


class DeploymentLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs of a deployment may be under way, and what becomes of one too many.

    ``grace_seconds`` is how long a slot may be held by a run that is started but was not heard of yet.
    ``lease_is_live`` says whether the lease that the run's present state names still holds its slot.
    """

    id: str
    limit: int
    free: int
    strategy: CollisionStrategy = "ENQUEUE"
    grace_seconds: int = 0
    lease_is_live: bool = False


class Fact(StrEnum):
    """What a rule may ask to be looked up before it judges; each is the field of ``Facts`` that holds the answer."""

    CACHED_STATE = "cached_state"
    TAG_LIMITS = "tag_limits"
    FLOW_RUN = "flow_run"
    DEPLOYMENT_LIMIT = "deployment_limit"
    TRANSITION_KNOWN = "transition_known"
    NEW_LEASE_ID = "new_lease_id"
    CHANCE = "chance"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked up, and what was said with the request. What nobody asked for stays at its default.

    ``now_us``: the time of judgement. ``client_version``: of the client, as clients of this API give it in their user
    agent (``prefect/3.8.8 (API …)``), or what our own stands for. ``cached_state``: the completed, unexpired state
    kept under the proposed state's cache key. ``tag_limits``: those on the task run's tags. ``flow_run``: the one
    that the task run belongs to. ``deployment_limit``: that of the flow run's deployment, if it has one.
    ``transition_known``: whether the flow run has or had a state with the proposed transition id. ``new_lease_id``: a
    fresh id. ``chance``: random, at least 0 and below 1.

    From the settings: ``slot_wait_seconds`` is how long who finds no free slot of a tag is told to wait
    (``server.tasks.tag_concurrency_slot_wait_seconds``), ``requeue_seconds`` after how long a run that found its
    deployment full is tried again (``server.deployments.concurrency_slot_wait_seconds``), ``longest_cache_key`` how
    many characters a key of the cache may have (``server.tasks.max_cache_key_length``).
    """

    now_us: int
    client_version: str | None = None
    slot_wait_seconds: float = 10
    requeue_seconds: float = 30
    longest_cache_key: int = 2000
    cached_state: PresentState | None = None
    tag_limits: tuple[TagLimit, ...] = ()
    flow_run: FlowRunAround | None = None
    deployment_limit: DeploymentLimit | None = None
    transition_known: bool = False
    new_lease_id: str = ""
    chance: float = 0.5


class Standing(TypedDict):
    """The fields that say in which state a run is."""

    state: PresentState | None
    state_type: StateType | None
    state_name: str | None
    state_us: int | None


def standing(state: PresentState | None) -> Standing:
    """The fields of a run in ``state``: ``FlowRunFacts(id=…, **standing(state))``."""
    if state is None:
        return {"state": None, "state_type": None, "state_name": None, "state_us": None}
    return {"state": state, "state_type": state.type, "state_name": state.name, "state_us": state.timestamp_us}


def run_policy(empirical_policy: dict[str, Any]) -> RunPolicy:
    """A policy as the wire or the row has it; the names of old clients stand in where the new ones say nothing."""
    said = {name: empirical_policy.get(name) for name in RunPolicy.__struct_fields__}
    for name, old in _OLD_NAMES.items():
        said[name] = empirical_policy.get(old) or None if said[name] is None else said[name]
    return msgspec.convert(said, RunPolicy, strict=False)


_OLD_NAMES: Final = {"retries": "max_retries", "retry_delay": "retry_delay_seconds"}


def policy_changes(before: RunPolicy, after: RunPolicy) -> dict[str, Any]:
    """What of the wire's ``empirical_policy`` a judgement changed, to be laid over what was there."""
    names = RunPolicy.__struct_fields__
    changed = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if "pause_keys" in changed:
        changed["pause_keys"] = sorted(after.pause_keys or ())
    return changed
