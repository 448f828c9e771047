"""Concurrency limits: how many slots there are, who asks for them, and what the answer is."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - as below
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it converts
from typing import Literal

import msgspec


class ConcurrencyLimit(msgspec.Struct, kw_only=True):
    """How many slots there are of a name, and how many are taken at this moment."""

    id: str
    name: str
    limit: int
    active_slots: int
    created: datetime
    updated: datetime
    active: bool = True
    slot_decay_per_second: float = 0.0


#: What slots of a limit are: held for a while, or gone at a rate.
LimitMode = Literal["concurrency", "rate_limit"]


class SlotRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Slots of each of the named limits, all or none. Names without a limit are free, unless ``strict``.

    ``create_if_missing`` lists them as inactive limits of one slot, for somebody to set and switch on.
    """

    lease_id: str
    names: Sequence[str]
    slots: int
    holder: str
    now: int
    lease_until: int
    mode: LimitMode = "concurrency"
    strict: bool = False
    create_if_missing: bool = False


class SlotsGranted(msgspec.Struct, frozen=True, kw_only=True, tag="granted"):
    """Slots of every named limit, until they are released, or the lease runs out. ``missing`` names have no limit."""

    lease_id: str
    limits: list[str]
    lease_until_us: int
    missing: list[str] = []


class SlotHolding(msgspec.Struct, frozen=True, array_like=True):
    """Slots that somebody has. ``holder`` is the producer's id, and behind a space the run, where it is known."""

    holder: str
    slots: int
    acquired_us: int
    lease_until_us: int
    host: str | None = None
    pid: int | None = None


class SlotsDenied(msgspec.Struct, frozen=True, kw_only=True, tag="denied"):
    """Not now: no slot was taken. ``retry_after`` is when asking again may help, in seconds."""

    retry_after: float
    limit: str
