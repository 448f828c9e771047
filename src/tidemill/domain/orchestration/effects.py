"""What is to be done in the transaction that writes a judged state, as data. Whoever applies a judgement does these."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from tidemill.domain.orchestration.facts import ProposedState


class TakeTagSlots(msgspec.Struct, frozen=True):
    """Take one slot of the limit on each tag, for the task run."""

    task_run_id: str
    tags: tuple[str, ...]


class ReleaseTagSlots(msgspec.Struct, frozen=True):
    """Give back every slot that the task run holds of a limit on a tag."""

    task_run_id: str


class TakeDeploymentSlot(msgspec.Struct, frozen=True):
    """Take a slot of the deployment's limit, under a new lease, for the flow run."""

    limit_id: str
    lease_id: str
    flow_run_id: str
    grace_seconds: int


class RenewDeploymentLease(msgspec.Struct, frozen=True):
    """The flow run has begun: extend the lease of its slot by a full term."""

    lease_id: str


class RevokeDeploymentLease(msgspec.Struct, frozen=True):
    """Keep the slot but end its lease: the flow run's client is too old to renew it, and gives the slot back itself."""

    lease_id: str


class ReleaseDeploymentSlot(msgspec.Struct, frozen=True):
    """Give back the flow run's slot of its deployment's limit, and end the lease if there is one."""

    deployment_id: str
    flow_run_id: str
    lease_id: str | None


class KeepInCache(msgspec.Struct, frozen=True):
    """Remember the written state under a cache key; ``expires_us`` is ``None`` for ever."""

    cache_key: str
    expires_us: int | None


class Enqueue(msgspec.Struct, frozen=True):
    """Put the deferred task run on the queue of its task."""

    task_run_id: str
    task_key: str


class SetParentTaskRunState(msgspec.Struct, frozen=True):
    """Give the task run that stands for a subflow run in its parent the same state, forced."""

    task_run_id: str
    state: ProposedState


class EmitStateChange(msgspec.Struct, frozen=True):
    """Write the event of the flow run's state change, in the same transaction."""

    flow_run_id: str


Effect: TypeAlias = (
    TakeTagSlots
    | ReleaseTagSlots
    | TakeDeploymentSlot
    | RenewDeploymentLease
    | RevokeDeploymentLease
    | ReleaseDeploymentSlot
    | KeepInCache
    | Enqueue
    | SetParentTaskRunState
    | EmitStateChange
)
