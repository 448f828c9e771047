"""Producers: the processes that write journals, and how long each is believed to live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.domain.runs import Producer
from tidemill.store.asking import all_rows, scalar
from tidemill.store.fields import bound

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from tidemill.store.session import Session

_COLUMNS: Final = ", ".join(Producer.__struct_fields__)
_REGISTER: Final = """
INSERT INTO producer (id, boot_id, host, pid, process_start_us, beat_us, lease_until_us)
VALUES (:id, :boot_id, :host, :pid, :process_start_us, :beat_us, :lease_until_us)
ON CONFLICT (id) DO UPDATE SET boot_id = excluded.boot_id, host = excluded.host, pid = excluded.pid,
    process_start_us = excluded.process_start_us, beat_us = excluded.beat_us,
    lease_until_us = excluded.lease_until_us, ended_us = NULL
"""
_BEAT: Final = "UPDATE producer SET beat_us = ?, lease_until_us = ? WHERE id = ? AND ended_us IS NULL"
_UNFINISHED: Final = """
SELECT (SELECT count(*) FROM flow_run WHERE holder = :producer AND end_us IS NULL)
    + (SELECT count(*) FROM task_run WHERE holder = :producer AND end_us IS NULL)
"""
_ENDED: Final = "SELECT id FROM producer WHERE ended_us IS NOT NULL AND id IN @listed(?)"


def register(session: Session, producer: Producer) -> None:
    """Make it known, or known again."""
    session.execute(_REGISTER, {name: getattr(producer, name) for name in Producer.__struct_fields__})


def beat(session: Session, producer: str, now: int, lease_until: int) -> bool:
    """Extend its lease. False if it counts as ended: it must not go on as if nothing had happened."""
    session.execute(_BEAT, (now, lease_until, producer))
    return session.changes() == 1


def end(session: Session, producer: str, now: int) -> None:
    """Remember that it is over."""
    session.execute("UPDATE producer SET ended_us = ? WHERE id = ? AND ended_us IS NULL", (now, producer))


def extend_all(session: Session, until: int) -> None:
    """Believe all that have not ended to live until then, and for longer where they said so."""
    session.execute(
        "UPDATE producer SET lease_until_us = :until WHERE ended_us IS NULL AND lease_until_us < :until",
        {"until": until},
    )


def lock_lapsed(session: Session, producer: str, now: int) -> bool:
    """Whether its lease ran out and it has not ended; if so, it cannot beat before this transaction is over."""
    sql = "SELECT 1 FROM producer WHERE id = :id AND ended_us IS NULL AND lease_until_us <= :now @locked(producer)"
    return scalar(session, sql, {"id": producer, "now": now}) is not None


def reopen_if_it_holds_runs(session: Session, producer: str) -> None:
    """Let one that was ended count as not ended while it holds what is not over, so that it can be ended once more."""
    if unfinished(session, producer):
        session.execute("UPDATE producer SET ended_us = NULL WHERE id = ?", (producer,))


def alive(session: Session) -> list[Producer]:
    """Those that have not ended, whether their leases run or not; oldest beat first."""
    return _select(session, "ended_us IS NULL ORDER BY beat_us", ())


def lapsed(session: Session, now: int) -> list[Producer]:
    """Those that have not ended and whose leases ran out."""
    return _select(session, "ended_us IS NULL AND lease_until_us <= ? ORDER BY lease_until_us", (now,))


def ended_among(session: Session, producers: Collection[str]) -> list[str]:
    """Those of some that are over."""
    wanted = bound(list(producers))
    return [id_ for (id_,) in all_rows(session, _ENDED, (wanted,))]


def read(session: Session, producer: str) -> Producer | None:
    """What is known about it; None if it never registered and none of its entries were applied."""
    return next(iter(_select(session, "id = ?", (producer,))), None)


def unfinished(session: Session, producer: str) -> int:
    """How many runs it holds that are not over."""
    return int(scalar(session, _UNFINISHED, {"producer": producer}))


def _select(session: Session, condition: str, bindings: tuple[Any, ...]) -> list[Producer]:
    sql = f"SELECT {_COLUMNS} FROM producer WHERE {condition}"
    return [
        Producer(**dict(zip(Producer.__struct_fields__, row, strict=True))) for row in all_rows(session, sql, bindings)
    ]
