"""Concurrency limits: how many slots there are, who asks for them, and what the answer is."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - as below
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when it converts
from typing import Final, Literal

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


#: The most slots that a limit has.
MOST_SLOTS: Final = 2**31 - 1
#: Who holds slots that were taken without a lease.
NO_LEASE: Final = "no-lease"
#: Over how many times a limit's slots the average of their occupancy goes.
_SAMPLES: Final = 2
#: What nobody holds a slot for less than, as far as waiting goes, in seconds.
_SHORTEST: Final = 0.1
_SECOND_US: Final = 1_000_000
#: A moment that no clock comes to.
FOR_EVER_US: Final = 2**62
_TELLABLE: Final = FOR_EVER_US / _SECOND_US


class SlotsHeld(msgspec.Struct, frozen=True, array_like=True):
    """A lease on slots of a limit, and who holds it: what a holder says of itself last is ``<kind>:<id>``."""

    lease_id: str
    holder: str

    @property
    def task_run_id(self) -> str | None:
        """The task run that holds it, if it is one."""
        kind, _, id_ = self.holder.rpartition(" ")[2].partition(":")
        return id_ if kind == "task_run" else None


class Denials(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of those who wait for slots of a limit.

    ``average`` is for how many seconds a slot is held; ``denied`` are the slots that were asked for in vain until
    ``denied_us``. They are taken to be served, or given up, at the rate at which slots come free.
    """

    name: str
    slots: int
    decay: float
    average: float
    denied: float
    denied_us: int

    @property
    def seconds_a_slot(self) -> float:
        """How long it takes on average until a slot comes free."""
        return 1 / self.decay if self.decay else self.average / max(self.slots, 1)

    def waited_for(self, now: int) -> float:
        """How many slots are wanted in vain now."""
        passed = max(0, now - self.denied_us) / _SECOND_US
        return max(0.0, self.denied - passed / self.seconds_a_slot)

    def after(self, more: int, now: int) -> Denials:
        """As it is when ``more`` slots are wanted, or were had."""
        return msgspec.structs.replace(self, denied=max(0.0, self.waited_for(now) + more), denied_us=now)

    def wait(self, longest: float) -> float:
        """When to ask again, in seconds: when as many came free as are wanted now. No longer than ``longest``, but for
        slots that decay, which nothing brings back any earlier.
        """
        wait = self.seconds_a_slot * self.denied
        return wait if self.decay else min(wait, longest)


def decayed_at(begin: int, slots: float, decay: float) -> int:
    """When slots are gone that decay from ``begin`` on; for ever, where that is farther than moments can be told."""
    seconds = slots / decay
    return FOR_EVER_US if seconds > _TELLABLE else min(FOR_EVER_US, begin + round(seconds * _SECOND_US))


def with_sample(average: float, seconds: float, slots: int) -> float:
    """The average of how long slots are held, after one more was held for so long."""
    weight = 1 / (max(slots, 1) * _SAMPLES)
    return average + (max(seconds, _SHORTEST) - average) * weight


def waits_for(limit: str) -> str:
    """What a run says that waits for slots of a limit."""
    return f"Waits for a slot of concurrency limit '{limit}'"
