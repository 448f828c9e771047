"""Concurrency limits, of tags and global."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from tidemill.wire.base import MOST, Body, Id, Int, Wire


class ConcurrencyLeaseHolder(Body):
    """Who holds a lease."""

    id: UUID
    type: Literal["flow_run", "task_run", "deployment"]


class ConcurrencyLimit(Wire):
    """A concurrency limit, as it is answered."""

    concurrency_limit: int
    id: Id
    tag: str
    active_slots: list[Id] = []
    created: datetime | None = None
    updated: datetime | None = None


class ConcurrencyLimitCreate(Body):
    """What a concurrency limit is made from."""

    concurrency_limit: Int
    tag: str


class ConcurrencyLimitV2(Wire):
    """A concurrency limit v2, as it is answered."""

    id: Id
    limit: int
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    active: bool = True
    active_slots: int = 0
    avg_slot_occupancy_seconds: float = 2.0
    created: datetime | None = None
    denied_slots: int = 0
    slot_decay_per_second: float = 0
    updated: datetime | None = None


class ConcurrencyLimitV2Create(Body):
    """What a concurrency limit v2 is made from."""

    limit: Annotated[int, Meta(ge=0, le=MOST)]
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")]
    active: bool = True
    active_slots: Annotated[int, Meta(ge=0, le=MOST)] = 0
    denied_slots: Annotated[int, Meta(ge=0, le=MOST)] = 0
    slot_decay_per_second: Annotated[float, Meta(ge=0.0)] = 0


class ConcurrencyLimitV2Update(Body):
    """What of a concurrency limit v2 is changed; what is absent stays as it is."""

    active: bool | UnsetType | None = UNSET
    active_slots: Annotated[int, Meta(ge=0, le=MOST)] | UnsetType | None = UNSET
    denied_slots: Annotated[int, Meta(ge=0, le=MOST)] | UnsetType | None = UNSET
    limit: Annotated[int, Meta(ge=0, le=MOST)] | UnsetType | None = UNSET
    name: Annotated[str, Meta(pattern="^[^/%&><]+$")] | UnsetType | None = UNSET
    slot_decay_per_second: Annotated[float, Meta(ge=0.0)] | UnsetType | None = UNSET


class GlobalConcurrencyLimitResponse(Wire):
    """A global concurrency limit, as it is answered."""

    active_slots: int
    id: Id
    limit: int
    name: str
    active: bool = True
    created: datetime | None = None
    slot_decay_per_second: float = 2.0
    updated: datetime | None = None


class MinimalConcurrencyLimitResponse(Wire):
    """A limit of which slots were taken or given back."""

    id: Id
    limit: int
    name: str


class ConcurrencyLimitWithLeaseResponse(Wire):
    """The lease under which slots were taken, and of which limits."""

    lease_id: Id
    limits: list[MinimalConcurrencyLimitResponse]
