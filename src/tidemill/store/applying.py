"""Applying a batch: whole, in one transaction, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tidemill.domain.entries import FlowRunCreated, FlowRunStateSet, LogWritten, RootHeld
from tidemill.domain.names import clean_text
from tidemill.store import producers
from tidemill.store.asking import all_rows, one_row
from tidemill.store.fields import array, bound, columns, storable
from tidemill.store.flow_entries import apply_created, apply_states
from tidemill.store.task_entries import KINDS as TASK_KINDS
from tidemill.store.task_entries import apply_task_entries
from tidemill.store.well_formed import complaint_about

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from tidemill.domain.entries import Batch
    from tidemill.store.session import Session

_h: Final = columns(RootHeld)
_l: Final = columns(LogWritten)

_APPLIED: Final = "SELECT applied_seq, ended_us IS NOT NULL FROM producer WHERE id = ? @locked(producer)"
_MEET: Final = "INSERT INTO producer (id) VALUES (?) ON CONFLICT DO NOTHING"
_REMEMBER: Final = """
INSERT INTO producer (id, applied_seq) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET applied_seq = excluded.applied_seq
"""
#: A run that somebody else ended after it was claimed is held by nobody; to hear of that claim late changes nothing.
_HOLD: Final = f"""
UPDATE flow_run SET epoch = held.epoch, holder = CASE held.shared WHEN 0 THEN :producer ELSE flow_run.holder END
FROM (
    SELECT {_h["root"]} AS root, max({_h["epoch"]}) AS epoch, min({_h["shared"]}) AS shared
    FROM @each(:held, step) GROUP BY 1
) AS held
WHERE flow_run.id = held.root AND held.epoch >= flow_run.epoch
    AND NOT (held.epoch = flow_run.epoch AND flow_run.end_us IS NOT NULL AND flow_run.holder IS NULL)
"""
_EPOCHS: Final = "SELECT id, epoch FROM flow_run WHERE id IN @listed(?) ORDER BY id @locked(flow_run)"
_LOGS: Final = f"""
INSERT INTO log (flow_run_id, task_run_id, name, level, timestamp_us, message)
SELECT {_l["flow_run_id"]}, {_l["task_run_id"]}, {_l["logger"]}, {_l["level"]}, {_l["timestamp_us"]}, {_l["message"]}
FROM @each(?, step)
"""
_LATE: Final = "INSERT INTO late_report (producer, entry_seq, kind, root, reason, entry) VALUES (?, ?, ?, ?, ?, ?)"

#: An entry's number in its producer's journal, its kind, and the entry.
Placed = tuple[int, int, bytes]


class _Lot(NamedTuple):
    """Entries with their numbers, which stand beside them: only few are ever asked for theirs."""

    numbers: Sequence[int]
    entries: Sequence[tuple[int, bytes]]

    def placed(self, place: int) -> Placed:
        return (self.numbers[place], *self.entries[place])

    def without(self, places: Container[int]) -> _Lot:
        """What is left when the entries at some places are taken out."""
        left = [place for place in range(len(self.entries)) if place not in places]
        return _Lot([self.numbers[place] for place in left], [self.entries[place] for place in left])


def apply_batch(session: Session, batch: Batch, *, doubted: bool) -> int:
    """Apply within the transaction that is open; returns the last sequence number that is applied now.

    ``doubted``: the entries come from another process, so what is malformed among them is kept aside. Looking at each
    costs as much as all the rest.
    """
    applied, buried = _standing(session, batch)
    if batch.last_seq <= applied or batch.first_seq > applied + 1:
        return applied
    lot = _Lot(range(applied + 1, batch.last_seq + 1), batch.payloads[applied + 1 - batch.first_seq :])
    lot, late = _sort_out_malformed(lot) if doubted else (lot, [])
    current, too_late = _sort_out_late(session, batch, lot)
    late += too_late
    late += _apply(session, batch, current, buried=buried)
    if late:
        _keep_late(session, batch.producer, late)
    session.execute(_REMEMBER, (batch.producer, batch.last_seq))
    if buried:
        producers.reopen_if_it_holds_runs(session, batch.producer)
    return batch.last_seq


def _standing(session: Session, batch: Batch) -> tuple[int, bool]:
    """How far the producer's entries are applied, which nobody else goes on with now, and whether it was ended."""
    row = one_row(session, _APPLIED, (batch.producer,))
    if row is None and batch.first_seq == 1:
        session.execute(_MEET, (batch.producer,))
        row = one_row(session, _APPLIED, (batch.producer,))
    return (0, False) if row is None else (row[0], bool(row[1]))


def _apply(session: Session, batch: Batch, lot: _Lot, *, buried: bool) -> list[tuple[Placed, str]]:
    """By kind, so that what others refer to comes first. Returns what turned out to be too late."""
    roots = bound(batch.roots)
    others = [(place, kind, entry) for place, (kind, entry) in enumerate(lot.entries) if kind not in TASK_KINDS]
    created = [entry for _, kind, entry in others if kind == FlowRunCreated.kind]
    if created:
        apply_created(session, batch.producer, roots, created)
    held = [entry for _, kind, entry in others if kind == RootHeld.kind]
    if held:
        session.execute(_HOLD, {"producer": batch.producer, "held": array(held)})
    states = [(place, entry) for place, kind, entry in others if kind == FlowRunStateSet.kind]
    refused = apply_states(session, batch.producer, states) if states else []
    not_taken = apply_task_entries(session, batch.producer, lot.entries, buried=buried)
    logs = [entry for _, kind, entry in others if kind == LogWritten.kind]
    if logs:
        session.execute(_LOGS, (array(logs),))
    late = [(lot.placed(place), reason) for place, reason in refused]
    return late + [(placed, reason) for step, reason in not_taken for placed in _entries_of(step, lot)]


def _entries_of(step: bytes, lot: _Lot) -> list[Placed]:
    """A step is an entry, or a start and behind a comma the end that followed. Of equal entries it is the last."""
    found = {
        entry: lot.placed(place)
        for place, (_, entry) in enumerate(lot.entries)
        if step == entry or step.startswith(entry + b",") or step.endswith(b"," + entry)
    }
    return list(found.values())


def _sort_out_malformed(lot: _Lot) -> tuple[_Lot, list[tuple[Placed, str]]]:
    """Part what is an entry from what is none."""
    malformed = {
        place: reason
        for place, (kind, entry) in enumerate(lot.entries)
        if (reason := complaint_about(kind, entry)) is not None
    }
    if not malformed:
        return lot, []
    return lot.without(malformed), [(lot.placed(place), reason) for place, reason in malformed.items()]


def _sort_out_late(session: Session, batch: Batch, lot: _Lot) -> tuple[_Lot, list[tuple[Placed, str]]]:
    """Part the entries that may still be believed from those of a root that is someone else's now, or gone."""
    reasons = _late_roots(session, batch, lot)
    if not reasons:
        return lot, []
    late = {
        place: reason
        for place, (_, entry) in enumerate(lot.entries)
        if (reason := reasons.get(_root(entry))) is not None
    }
    told = [(lot.placed(place), reason) for place, reason in late.items()]
    return lot.without(late), [(placed, reason) for placed, reason in told if placed[1] != RootHeld.kind]


def _late_roots(session: Session, batch: Batch, lot: _Lot) -> dict[str, str]:
    roots = {root: epoch for root, epoch in batch.roots.items() if root}
    if not roots:
        return {}
    epochs: dict[str, int] = dict(all_rows(session, _EPOCHS, (bound(list(roots)),)))
    reasons = {
        root: f"held under epoch {epochs[root]} since; this was written under {epoch}"
        for root, epoch in roots.items()
        if epoch < epochs.get(root, 0)
    }
    missing = roots.keys() - epochs.keys()
    if missing:
        missing -= {entry.split(b'"', 4)[3].decode() for kind, entry in lot.entries if kind == FlowRunCreated.kind}
    return reasons | dict.fromkeys(missing, "the flow run is not there: it was deleted")


def _keep_late(session: Session, producer: str, late: list[tuple[Placed, str]]) -> None:
    session.executemany(
        _LATE,
        [
            (producer, seq, kind, clean_text(_root(entry)), clean_text(reason), _shown(entry))
            for (seq, kind, entry), reason in late
        ],
    )


def _shown(entry: bytes) -> str:
    return clean_text(storable(entry.decode("utf-8", "replace").encode()))


def _root(entry: bytes) -> str:
    """The root of a well-formed entry, ``["root",…``; of anything else, something or nothing."""
    return b"".join(entry.split(b'"', 2)[1:2]).decode("utf-8", "replace")
