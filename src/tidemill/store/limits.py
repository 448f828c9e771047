"""Concurrency limits. What is taken is what the unexpired rows say, counted when it is asked for; nothing is added up
and carried along, so nothing can leak.

Where slots decay (rate limits), a limit is a bucket that leaks: each taking's last slot is gone ``slots / decay``
seconds after the one before it was gone, and that moment is written in its row. What is in the bucket now follows from
the latest of these moments.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill.domain.identity import derived_uuid, uuid_text
from tidemill.domain.limits import (
    MOST_SLOTS,
    ConcurrencyLimit,
    SlotHolding,
    SlotRequest,
    SlotsDenied,
    SlotsGranted,
    decayed_at,
)
from tidemill.domain.states import from_us
from tidemill.store.asking import all_rows, hold
from tidemill.store.errors import LimitError, LimitTakenError, UnknownLimitError
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tidemill.store.session import Session

_SECOND_US: Final = 1_000_000
#: How long to wait at most before asking again: a slot may be released long before its lease ends.
_PATIENCE_SECONDS: Final = 1.0
_TAKEN: Final = """
SELECT limit_id, sum(slots), min(lease_until_us), max(lease_until_us)
FROM concurrency_slot WHERE limit_id IN @listed(?) AND lease_until_us > ? GROUP BY limit_id
"""
_LIMITS: Final = """
SELECT id, name, slots, active, slot_decay_per_second, created_us, updated_us FROM concurrency_limit
"""
_CREATE: Final = """
INSERT INTO concurrency_limit (id, name, slots, active, slot_decay_per_second, created_us, updated_us)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_TAKE: Final = """
INSERT INTO concurrency_slot (limit_id, lease_id, slots, holder, acquired_us, lease_until_us) VALUES (?, ?, ?, ?, ?, ?)
"""


_HOLDINGS: Final = """
SELECT taken.holder, taken.slots, taken.acquired_us, taken.lease_until_us, producer.host, producer.pid
FROM concurrency_slot AS taken
JOIN concurrency_limit ON concurrency_limit.id = taken.limit_id
LEFT JOIN producer ON producer.id = @first_word(taken.holder)
WHERE concurrency_limit.name = ? AND taken.lease_until_us > ? ORDER BY taken.acquired_us
"""
#: The rows that are taken of a limit, in the order in which they run out.
_UNTIL = """
SELECT lease_id, slots, lease_until_us FROM concurrency_slot
WHERE limit_id = ? AND lease_until_us > ? ORDER BY lease_until_us, lease_id
"""


class Limit(msgspec.Struct, array_like=True):
    """A row of concurrency_limit."""

    id: str
    name: str
    slots: int
    active: bool
    decay: float
    created_us: int
    updated_us: int


def _rows(session: Session, condition: str, bindings: tuple[Any, ...] | dict[str, Any]) -> list[Limit]:
    found = all_rows(session, f"{_LIMITS} WHERE {condition}", bindings)
    return [msgspec.convert(row, Limit, strict=False) for row in found]


def _taken(session: Session, limits: Sequence[Limit], now: int) -> list[tuple[float, int, int]]:
    """Of each limit what is taken now, when the first row runs out, and when the last one does."""
    rows = all_rows(session, _TAKEN, (bound([limit.id for limit in limits]), now))
    held = {id_: (slots, first, last) for id_, slots, first, last in rows}
    found = []
    for limit in limits:
        slots, first, last = held.get(limit.id, (0, now, now))
        found.append((((last - now) / _SECOND_US * limit.decay if limit.decay else slots), first, last))
    return found


def _models(session: Session, limits: Sequence[Limit], now: int) -> list[ConcurrencyLimit]:
    return [_model(limit, taken) for limit, (taken, _, _) in zip(limits, _taken(session, limits, now), strict=True)]


def _model(limit: Limit, taken: float) -> ConcurrencyLimit:
    return ConcurrencyLimit(
        id=limit.id,
        name=limit.name,
        limit=limit.slots,
        active_slots=round(taken),
        created=from_us(limit.created_us),
        updated=from_us(limit.updated_us),
        active=limit.active,
        slot_decay_per_second=limit.decay,
    )


def find(session: Session, now: int) -> list[ConcurrencyLimit]:
    """All of them, by name."""
    return _models(session, _rows(session, "true ORDER BY name", ()), now)


def of_ids(session: Session, ids: Collection[str], now: int) -> list[ConcurrencyLimit]:
    """Those of these ids, by name."""
    return _models(session, _rows(session, "id IN @listed(?) ORDER BY name", (bound(list(ids)),)), now)


def read(session: Session, handle: str, now: int) -> ConcurrencyLimit:
    """By name or id."""
    return _models(session, [_one(session, handle)], now)[0]


def _one(session: Session, handle: str) -> Limit:
    found = _rows(session, "name = :handle OR id = :handle LIMIT 1", {"handle": handle})
    if not found:
        raise UnknownLimitError(
            f"no concurrency limit '{handle}'. Create it with: "
            f"tidemill global-concurrency-limit create {handle} --limit N"
        )
    return found[0]


def create(session: Session, limit: ConcurrencyLimit, now: int) -> None:
    """A new one; its name must be free."""
    _check(limit.limit, limit.slot_decay_per_second)
    row = (limit.id, limit.name, limit.limit, int(limit.active), limit.slot_decay_per_second, now, now)
    session.execute(_CREATE, row)
    if not session.changes():
        raise LimitTakenError(f"there is a concurrency limit '{limit.name}', or one with the id {limit.id}, already")


def update(
    session: Session,
    handle: str,
    now: int,
    *,
    name: str | None = None,
    slots: int | None = None,
    active: bool | None = None,
    decay: float | None = None,
) -> None:
    """Change what is given."""
    hold(session, "concurrency_limit", _one(session, handle).id)
    limit = _one(session, handle)
    new = (
        limit.name if name is None else name,
        limit.slots if slots is None else slots,
        int(limit.active if active is None else active),
        limit.decay if decay is None else decay,
    )
    _check(new[1], new[3])
    taken = "UPDATE concurrency_limit SET name = ?, slots = ?, active = ?, slot_decay_per_second = ?, updated_us = ?"
    if name is not None and name != limit.name and _rows(session, "name = ?", (name,)):
        raise LimitTakenError(f"there is a concurrency limit '{name}' already")
    session.execute(f"{taken} WHERE id = ?", (*new, now, limit.id))
    if new[3] and new[3] != limit.decay:
        _decay_from_now(session, limit, new[3], now)


def _decay_from_now(session: Session, limit: Limit, decay: float, now: int) -> None:
    """What is taken of a limit whose slots did not decay, or at another rate, is gone at the new one."""
    taken = 0.0
    for lease_id, slots, until in all_rows(session, _UNTIL, (limit.id, now)):
        taken = (until - now) / _SECOND_US * limit.decay if limit.decay else taken + slots
        row = (decayed_at(now, taken, decay), limit.id, lease_id)
        session.execute("UPDATE concurrency_slot SET lease_until_us = ? WHERE limit_id = ? AND lease_id = ?", row)


def _check(slots: int, decay: float) -> None:
    if not 0 <= slots <= MOST_SLOTS:
        raise LimitError(f"expected 'limit' to be from zero to {MOST_SLOTS:,}, got {slots}")
    if not 0 <= decay < inf:
        raise LimitError(f"expected 'slot_decay_per_second' to be zero or more and finite, got {decay}")


def delete(session: Session, handle: str) -> None:
    """With what is taken of it; who waits for it goes on."""
    session.execute("DELETE FROM concurrency_limit WHERE id = ?", (_one(session, handle).id,))


def acquire(session: Session, request: SlotRequest) -> SlotsGranted | SlotsDenied:
    """Take slots of every limit, or of none. What the lease has of them already is taken anew, and not twice."""
    limits, missing = _wanted(session, request)
    takings: list[tuple[Any, ...]] = []
    for limit in limits:
        session.execute(
            "DELETE FROM concurrency_slot WHERE limit_id = ? AND (lease_until_us <= ? OR lease_id = ?)",
            (limit.id, request.now, request.lease_id),
        )
        ((taken, first, last),) = _taken(session, [limit], request.now)
        lacking = taken + request.slots - limit.slots
        if lacking > 0:
            return SlotsDenied(retry_after=_retry_after(limit, lacking, first - request.now), limit=limit.name)
        until = request.lease_until
        if limit.decay:
            until = decayed_at(last, request.slots, limit.decay)
        takings.append((limit.id, request.lease_id, request.slots, request.holder, request.now, until))
    session.executemany(_TAKE, takings)
    return SlotsGranted(
        lease_id=request.lease_id,
        limits=[limit.name for limit in limits],
        lease_until_us=request.lease_until,
        missing=missing,
    )


def _fresh_id(name: str) -> str:
    return uuid_text(derived_uuid(b"concurrency-limit", name.encode()))


def _retry_after(limit: Limit, missing: float, first_lapse_us: int) -> float:
    if limit.decay:
        return missing / limit.decay
    return min(_PATIENCE_SECONDS, first_lapse_us / _SECOND_US) if first_lapse_us > 0 else _PATIENCE_SECONDS


def _wanted(session: Session, request: SlotRequest) -> tuple[list[Limit], list[str]]:
    """The active limits among the names, and the names that have none."""
    names = bound(sorted(set(request.names)))
    found = _rows(session, "name IN @listed(?) ORDER BY name @locked(concurrency_limit)", (names,))
    missing = sorted(set(request.names) - {limit.name for limit in found})
    if missing and request.create_if_missing:
        session.executemany(_CREATE, [(_fresh_id(name), name, 1, 0, 0, request.now, request.now) for name in missing])
    elif missing and request.strict:
        _one(session, missing[0])
    limits = [limit for limit in found if limit.active]
    for limit in limits:
        if request.mode == "rate_limit" and not limit.decay:
            raise LimitError(
                f"concurrency limit '{limit.name}' is no rate limit: its slots do not decay. Set it with: "
                f"tidemill global-concurrency-limit update {limit.name} --slot-decay-per-second RATE"
            )
        if request.slots > limit.slots > 0:
            raise LimitError(
                f"concurrency limit '{limit.name}' has {limit.slots} slots; {request.slots} can never be had"
            )
    return limits, missing


def renew(session: Session, lease_id: str, now: int, lease_until: int) -> bool:
    """Keep the slots longer. False if the lease ran out or was released: the slots may be someone else's."""
    session.execute(
        "UPDATE concurrency_slot SET lease_until_us = ? WHERE lease_id = ? AND lease_until_us > ?"
        " AND limit_id IN (SELECT id FROM concurrency_limit WHERE slot_decay_per_second = 0)",
        (lease_until, lease_id, now),
    )
    return session.changes() > 0


def release(session: Session, lease_id: str) -> None:
    """Give the slots back; those that decay go at their own rate. Doing it twice is harmless."""
    session.execute(
        "DELETE FROM concurrency_slot WHERE lease_id = ?"
        " AND limit_id IN (SELECT id FROM concurrency_limit WHERE slot_decay_per_second = 0)",
        (lease_id,),
    )


def release_all_of(session: Session, holder: str) -> None:
    """Give back what a holder that is gone had taken."""
    session.execute(
        "DELETE FROM concurrency_slot WHERE (holder = :holder OR @first_word(holder) = :holder)"
        " AND limit_id IN (SELECT id FROM concurrency_limit WHERE slot_decay_per_second = 0)",
        {"holder": holder},
    )


def holdings(session: Session, name: str, now: int) -> list[SlotHolding]:
    """Who has slots of a limit, the longest first."""
    return [SlotHolding(*row) for row in all_rows(session, _HOLDINGS, (name, now))]


def limited(session: Session, names: Collection[str]) -> list[str]:
    """Which of these names have a limit that is active."""
    sql = "SELECT name FROM concurrency_limit WHERE active = 1 AND name IN @listed(?)"
    return [name for (name,) in all_rows(session, sql, (bound(list(names)),))]


#: Of slots that decay, the row says when they are gone, whoever took them.
_GIVEN_BACK: Final = """
lease_until_us <= :now OR limit_id IN (SELECT id FROM concurrency_limit WHERE slot_decay_per_second = 0) AND (
    EXISTS (SELECT 1 FROM flow_run WHERE flow_run.id = concurrency_slot.holder AND flow_run.end_us IS NOT NULL)
    OR EXISTS (SELECT 1 FROM task_run WHERE task_run.id = concurrency_slot.holder AND task_run.end_us IS NOT NULL))
"""


def has_left(session: Session, now: int) -> bool:
    """Whether there are slots whose lease ran out, or whose holder is a run that is over."""
    return bool(all_rows(session, f"SELECT 1 FROM concurrency_slot WHERE {_GIVEN_BACK} LIMIT 1", {"now": now}))


def give_back_left(session: Session, now: int) -> int:
    """Give those back; how many leases that were."""
    session.execute(f"DELETE FROM concurrency_slot WHERE {_GIVEN_BACK}", {"now": now})
    return session.changes()
