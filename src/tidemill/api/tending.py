"""What whoever opens a home does first: finish what dead processes left behind."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tidemill.exceptions import InputError
from tidemill.journal.base import APPLIED_SUFFIX
from tidemill.journal.errors import JournalError
from tidemill.journal.feed import drain
from tidemill.journal.file import journal_path
from tidemill.journal.orphans import orphans, put_back, sweep
from tidemill.store.errors import StoreUnavailableError
from tidemill.system.processes import current_identity

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tidemill.api.embedded import Recording
    from tidemill.domain.runs import Producer
    from tidemill.journal.orphans import Orphan
    from tidemill.store.run_store import RunStore
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.home")

#: Files that are known to be of no use; one word about each is enough.
_told: set[Path] = set()


def tend(store: RunStore, journals: Path, clock: Clock, recording: Recording, *, leases_tell: bool = True) -> None:
    """Drain orphaned journals, end what their processes held as Crashed, delete journals that were kept long enough.

    A process whose lease ran out, and whose journal is locked, lives and could not beat: it is given another lease.
    ``leases_tell``: a process without a journal here is gone when its lease ran out. Not so where a server has served
    the store: processes elsewhere beat by way of it, and only it knows whether they could.
    Where the store cannot be written now (a full disk, a lock that somebody keeps), it is left to who comes next.
    """
    try:
        finish_left_behind(store, journals, clock, recording, leases_tell=leases_tell)
    except StoreUnavailableError as error:
        logger.warning("What dead processes left behind cannot be brought into the store now: %s", error)


def finish_left_behind(
    store: RunStore, journals: Path, clock: Clock, recording: Recording, *, leases_tell: bool
) -> None:
    """The same for those who try again by themselves. Raises StoreUnavailableError."""
    drain_orphans(store, journals, clock)
    for producer in store.producers_not_ended():
        now = clock.now_us()
        if _is_gone(producer, journals, now, leases_tell=leases_tell):
            _bury(store, producer.id, producer, clock)
        elif _has_lapsed(producer, now) and journal_path(journals, producer.id).exists():
            store.beat(producer.id, now, now + int(recording.lease_seconds * 1_000_000))
    sweep(journals, clock.now_us(), store.unfinished_root_runs, recording.keep_seconds * 1_000_000)


def drain_orphans(store: RunStore, journals: Path, clock: Clock) -> None:
    """Bring into the store what dead processes of this machine wrote, and end what they held."""
    put_back(journals, store.ended_producers)
    for orphan in orphans(journals):
        _finish(orphan, store, clock)


def _finish(orphan: Orphan, store: RunStore, clock: Clock) -> None:
    if not orphan.begun:  # between making the file and locking it stands a moment; that process is alive
        orphan.discard()
        return
    known = store.read_producer(orphan.producer)
    try:
        drain(orphan.path, store.apply, applied_seq=known.applied_seq if known is not None else 0)
    except (JournalError, OSError, InputError) as error:  # one that cannot be read, or that the store does not take
        level = logging.DEBUG if orphan.path in _told else logging.WARNING
        _told.add(orphan.path)
        logger.log(level, "A file in the journal folder was passed over: %s. Look at it, or move it away.", error)
        if known is not None and known.ended_us is None:
            _bury(store, orphan.producer, known, clock)  # whatever it holds, its process is gone
        return
    _bury(store, orphan.producer, known, clock)
    orphan.done(clock.now_us())


def _bury(store: RunStore, producer: str, known: Producer | None, clock: Clock) -> None:
    crashed = store.crash_runs_of(producer, clock.now_us(), cut_off(known))
    store.end_producer(producer, clock.now_us())
    tell_of_crash(known, crashed)


def cut_off(known: Producer | None) -> str:
    """What is said in the state of a run whose process is gone."""
    return (
        f"The run was cut off: {_who(known)} is gone without ending it. Continue it with: tidemill flow-run resume <id>"
    )


def tell_of_crash(known: Producer | None, crashed: Collection[str]) -> None:
    """Say in the log whose runs crashed, if any did."""
    if crashed:
        logger.warning("Flow runs that %s held, which is gone, are Crashed: %s", _who(known), ", ".join(crashed))


def _who(known: Producer | None) -> str:
    return f"process {known.pid} on {known.host}" if known is not None and known.pid else "the process"


def _is_gone(producer: Producer, journals: Path, now_us: int, *, leases_tell: bool) -> bool:
    """A process without a journal here: its lock cannot speak for it, so its lease does."""
    if journal_path(journals, producer.id).exists():
        return False
    if journal_path(journals, producer.id).with_suffix(APPLIED_SUFFIX).exists():
        return True
    here = current_identity()
    if producer.host == here.host and producer.boot_id not in (None, here.boot):
        return True
    return leases_tell and _has_lapsed(producer, now_us)


def _has_lapsed(producer: Producer, now_us: int) -> bool:
    return producer.lease_until_us is not None and producer.lease_until_us <= now_us
