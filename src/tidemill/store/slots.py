"""What clients over HTTP ask about slots, beyond taking them: who holds them, giving back without a lease, setting how
many are taken, and how long those who were refused had better wait.

It is still the rows alone that count. Slots that were taken without a lease are rows without an end, which those who
give slots back without naming a lease use up, the oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from tidemill.domain.limits import FOR_EVER_US, NO_LEASE, Denials, SlotsHeld, decayed_at, with_sample
from tidemill.store.asking import all_rows, hold, scalar
from tidemill.store.errors import UnknownLimitError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.session import Session

_SECOND_US: Final = 1_000_000
_WITHOUT_LEASE: Final = """
SELECT lease_id, slots FROM concurrency_slot
WHERE limit_id = :limit AND holder = :holder AND lease_until_us > :now ORDER BY acquired_us, lease_id
"""
_HELD: Final = """
SELECT concurrency_slot.lease_id, concurrency_slot.holder FROM concurrency_slot
WHERE concurrency_slot.limit_id = :limit AND concurrency_slot.lease_until_us > :now
ORDER BY concurrency_slot.acquired_us, concurrency_slot.lease_id
"""
_RENEWED: Final = """
UPDATE concurrency_idle_lease SET lease_until_us = :until WHERE id = :lease AND lease_until_us > :now
"""
_SETTLED: Final = "SELECT limit_id, slots, acquired_us FROM concurrency_slot WHERE lease_id = :lease"


class LimitRow(NamedTuple):
    """A limit, as far as slots of it are concerned."""

    id: str
    name: str
    slots: int
    active: int
    decay: float
    average: float
    denied: float
    denied_us: int


_LIMITS: Final = """
SELECT id, name, slots, active, slot_decay_per_second, avg_slot_occupancy_seconds, denied_slots, denied_us
FROM concurrency_limit
"""


def named(session: Session, names: Collection[str]) -> list[LimitRow]:
    """The limits among the names, by name."""
    listed = msgspec.json.encode(sorted(set(names))).decode()
    rows = all_rows(session, f"{_LIMITS} WHERE name IN @listed(:names) ORDER BY name", {"names": listed})
    return [LimitRow(*row) for row in rows]


def denials(row: LimitRow) -> Denials:
    """What is known of those who wait for a limit's slots."""
    return Denials(
        slots=row.slots, decay=row.decay, average=row.average, denied=row.denied, denied_us=row.denied_us, name=row.name
    )


def one_named(session: Session, name: str) -> LimitRow:
    """Raises UnknownLimitError if there is none."""
    for row in named(session, [name]):
        return row
    raise UnknownLimitError(f"no concurrency limit '{name}'")


def note_denied(session: Session, row: LimitRow, slots: int, now: int) -> Denials:
    """Slots of it were asked for in vain. What is known of those who wait now."""
    new = denials(row).after(slots, now)
    _write_denied(session, row.id, new.denied, now)
    return new


def note_granted(session: Session, rows: Collection[LimitRow], slots: int, now: int) -> None:
    """Who got slots may be one who was refused before. Nothing is written where nobody waits."""
    for row in rows:
        if row.denied > 0:
            _write_denied(session, row.id, denials(row).after(-slots, now).denied, now)


def set_denied(session: Session, limit_id: str, slots: int, now: int) -> None:
    """Say by hand how many are waited for."""
    _write_denied(session, limit_id, float(slots), now)


def _write_denied(session: Session, limit_id: str, denied: float, now: int) -> None:
    session.execute(
        "UPDATE concurrency_limit SET denied_slots = :denied, denied_us = :now WHERE id = :id",
        {"denied": denied, "now": now, "id": limit_id},
    )


def note_occupancy(session: Session, row: LimitRow, seconds_per_slot: float) -> None:
    """Slots of it were held so long."""
    session.execute(
        "UPDATE concurrency_limit SET avg_slot_occupancy_seconds = :average WHERE id = :id",
        {"average": with_sample(row.average, seconds_per_slot, row.slots), "id": row.id},
    )


def set_taken(session: Session, limit_id: str, decay: float, slots: int, now: int, lease_id: str) -> None:
    """Say by hand how many slots are taken. Whoever has slots now has them no longer."""
    session.execute("DELETE FROM concurrency_slot WHERE limit_id = :limit", {"limit": limit_id})
    if slots:
        until = decayed_at(now, slots, decay) if decay else FOR_EVER_US
        take(session, limit_id, lease_id, slots, NO_LEASE, now, until)


def take(session: Session, limit_id: str, lease_id: str, slots: int, holder: str, now: int, until: int) -> None:
    """Slots of a limit, whether there are so many or not."""
    session.execute(
        "INSERT INTO concurrency_slot (limit_id, lease_id, slots, holder, acquired_us, lease_until_us)"
        " VALUES (:limit, :lease, :slots, :holder, :now, :until)",
        {"limit": limit_id, "lease": lease_id, "slots": slots, "holder": holder, "now": now, "until": until},
    )


def give_back(session: Session, row: LimitRow, slots: int, now: int) -> None:
    """So many of the slots that were taken without a lease, as far as there are any."""
    hold(session, "concurrency_limit", row.id)
    found = all_rows(session, _WITHOUT_LEASE, {"limit": row.id, "holder": NO_LEASE, "now": now})
    for lease_id, held in found:
        if slots <= 0:
            return
        key = {"limit": row.id, "lease": lease_id}
        if held <= slots:
            session.execute("DELETE FROM concurrency_slot WHERE limit_id = :limit AND lease_id = :lease", key)
        else:
            session.execute(
                "UPDATE concurrency_slot SET slots = slots - :slots WHERE limit_id = :limit AND lease_id = :lease",
                {**key, "slots": slots},
            )
        slots -= held


def held(session: Session, limit_id: str, now: int) -> list[SlotsHeld]:
    """The leases on slots of a limit, the oldest first."""
    return [SlotsHeld(*row) for row in all_rows(session, _HELD, {"limit": limit_id, "now": now})]


def drop_from_limit(session: Session, limit_id: str, lease_id: str) -> None:
    """Give back what a lease holds of one limit."""
    session.execute(
        "DELETE FROM concurrency_slot WHERE limit_id = :limit AND lease_id = :lease",
        {"limit": limit_id, "lease": lease_id},
    )


def hold_idle(session: Session, lease_id: str, now: int, until: int) -> None:
    """Remember a lease under which nothing is held that could be lost. Those that ran out are forgotten."""
    session.execute("DELETE FROM concurrency_idle_lease WHERE lease_until_us <= :now", {"now": now})
    session.execute(
        "INSERT INTO concurrency_idle_lease (id, lease_until_us) VALUES (:lease, :until)",
        {"lease": lease_id, "until": until},
    )


def renew_idle(session: Session, lease_id: str, now: int, until: int) -> bool:
    """False where there is no such lease, or it ran out."""
    session.execute(_RENEWED, {"lease": lease_id, "now": now, "until": until})
    return session.changes() > 0


def end_idle(session: Session, lease_id: str) -> None:
    """It need not be renewed any more."""
    session.execute("DELETE FROM concurrency_idle_lease WHERE id = :lease", {"lease": lease_id})


def note_end(session: Session, lease_id: str, now: int) -> None:
    """A lease ends: what it held tells how long slots are held."""
    for limit_id, _slots, acquired in all_rows(session, _SETTLED, {"lease": lease_id}):
        found = all_rows(session, f"{_LIMITS} WHERE id = :id", {"id": limit_id})
        for row in found:
            note_occupancy(session, LimitRow(*row), max(0, now - acquired) / _SECOND_US)


def any_undecaying(session: Session, lease_id: str) -> bool:
    """Whether a lease holds slots that stay taken until they are given back."""
    sql = """
    SELECT 1 FROM concurrency_slot JOIN concurrency_limit ON concurrency_limit.id = concurrency_slot.limit_id
    WHERE concurrency_slot.lease_id = :lease AND concurrency_limit.slot_decay_per_second = 0 LIMIT 1
    """
    return scalar(session, sql, {"lease": lease_id}) is not None


def page(session: Session, beginning: str, limit: int, offset: int) -> list[str]:
    """The ids of limits whose names begin so, by name."""
    bindings: dict[str, Any] = {"limit": limit, "offset": offset}
    where = "true"
    if beginning:
        where = "name >= :beginning AND name < :beyond"
        bindings |= {"beginning": beginning, "beyond": f"{beginning[:-1]}{chr(ord(beginning[-1]) + 1)}"}
    sql = f"SELECT id FROM concurrency_limit WHERE {where} ORDER BY name LIMIT :limit OFFSET :offset"
    return [id_ for (id_,) in all_rows(session, sql, bindings)]
