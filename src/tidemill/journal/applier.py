"""The thread that carries a live journal's entries to the store while user code goes on.

Each turn: sync the journal, read what stands there by now, apply it as one batch. The next batch forms meanwhile; there
is no timer. While there is nothing to do the thread sleeps, and only then does an append pay for waking it.
"""

from __future__ import annotations

import logging
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Final, Self

from tidemill.journal.errors import ApplyStoppedError, JournalForkedError, TransientApplyError
from tidemill.journal.feed import Apply, Feed
from tidemill.journal.reading import BATCH_BYTES, BATCH_RECORDS
from tidemill.system.clock import Clock, SystemClock
from tidemill.system.processes import call_in_forked_child

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.journal.base import JournalFile

_FIRST_WAIT: Final = 0.02
_LONGEST_WAIT: Final = 5.0
#: A process ends though the disk stays full or the store locked, and loses nothing.
_FAILURES_WHEN_CLOSING: Final = 10
_SECONDS_WHEN_CLOSING: Final = 10.0
_LONGEST_WAIT_WHEN_CLOSING: Final = 0.5
_logger = logging.getLogger("tidemill.journal")


def retry_wait(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling from 20 ms up to 5 s."""
    return min(_FIRST_WAIT * 2.0 ** min(failures - 1, 30), _LONGEST_WAIT)


def log_trouble(error: BaseException) -> None:
    """Say in the log that the store does not take entries."""
    if isinstance(error, TransientApplyError):
        _logger.warning(
            "The store does not take entries now; they are kept in the journal and offered again. %s", error
        )
    else:
        _logger.error("Entries are no longer applied to the store; they are kept in the journal.", exc_info=error)


class Applier:
    """Applies a journal's entries in the background, and closes the journal when it is closed itself.

    ``report`` is told of trouble: the first ``TransientApplyError`` of an outage, and the error that stops the applier.
    ``wait_after`` gives the seconds to wait after so many failures in a row, ``patience`` for how many seconds it is
    tried again when the journal is being closed.
    """

    def __init__(
        self,
        journal: JournalFile,
        apply: Apply,
        *,
        report: Callable[[BaseException], None] = log_trouble,
        wait_after: Callable[[int], float] = retry_wait,
        max_records: int = BATCH_RECORDS,
        max_bytes: int = BATCH_BYTES,
        patience: float = _SECONDS_WHEN_CLOSING,
        clock: Clock | None = None,
    ) -> None:
        self.journal = journal
        self._clock = clock or SystemClock()
        self._feed = Feed(journal, journal.producer, apply, max_records=max_records, max_bytes=max_bytes)
        self._report = report
        self._wait_after = wait_after
        self._failed: BaseException | None = None
        self._away = False
        self._progress = Condition()
        self._closing = False
        self._patience = patience
        self._giving_up = Event()
        self._hurry = Event()
        self._over = False
        self._thread = Thread(target=self._run, name="tidemill-journal", daemon=True)
        call_in_forked_child(self.abandon)

    def start(self) -> Self:
        """Begin to apply."""
        self._thread.start()
        return self

    @property
    def failed(self) -> BaseException | None:
        """What stopped the applier; None while all is well. The journal still takes entries, up to its bound."""
        return self._failed

    @property
    def store_is_away(self) -> bool:
        """Whether the store did not take what it was offered last."""
        return self._away

    @property
    def applied_seq(self) -> int:
        """The last entry that the store has."""
        return self._feed.applied_seq

    def wait_applied(self, seq: int, timeout: float | None = None) -> bool:
        """Wait until the store has entry ``seq``; False after ``timeout`` seconds (None: however long it takes).

        Raises ``ApplyStoppedError``, with its cause, if the applier has stopped before.
        """
        with self._progress:
            self._progress.wait_for(lambda: self.applied_seq >= seq or self._over, timeout)
            if self.applied_seq < seq and self._failed is not None:
                raise ApplyStoppedError(
                    f"entry {seq} is safe in {self.journal.path}, but the store did not take it"
                ) from self._failed
            return self.applied_seq >= seq

    def durable(self, seq: int) -> None:
        """Wait until entry ``seq`` survives a power cut; does not wait for the store."""
        self.journal.durable(seq)

    def close(self, timeout: float | None = None) -> bool:
        """Apply what is left and close the journal; True if the store has it all.

        After ``timeout`` seconds in which the store took nothing (None: however long it takes), or once it has refused
        it ten times in a row or for ten seconds, the rest stays in the file, for whoever opens the home next. If the
        applier had stopped, ``failed`` says why.
        """
        self._closing = True
        self._hurry.set()
        if self._thread.ident is not None:
            self.journal.wake()
            self._join(timeout)
            if self._thread.is_alive():
                self._giving_up.set()  # the thread closes the journal when it comes back from where it is
                return False
        self.journal.close(applied_seq=self.applied_seq)
        return self.applied_seq >= self.journal.last_seq

    def _join(self, timeout: float | None) -> None:
        """Wait for the thread as long as it gets on: one that waits for an answer may wait for long."""
        before = -1
        while self._thread.is_alive() and self.applied_seq != before:
            before = self.applied_seq
            self._thread.join(timeout)

    def abandon(self) -> None:
        """In a forked child, which has no such thread: forget it and the journal. Happens by itself."""
        self._failed = JournalForkedError("the applier stayed in the parent process")
        self._over = True
        self._progress = Condition()  # whoever held the old one stayed behind
        self.journal.abandon()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
            self.journal.close(applied_seq=self.applied_seq)
        except BaseException as error:  # noqa: BLE001  # kept, reported, and raised to whoever waits
            self._failed = error
            self.journal.stop_consuming(error)
            self._report(error)
        finally:
            with self._progress:
                self._over = True
                self._progress.notify_all()

    def _turn(self) -> bool:
        if not self.journal.wait_beyond(self._feed.place.offset):
            return not self._closing
        self.journal.sync()
        if not self._apply_next():
            return False
        self.journal.consumed(self._feed.place.offset)
        with self._progress:
            self._progress.notify_all()
        return True

    def _apply_next(self) -> bool:
        failures, since = 0, self._clock.monotonic()
        while True:
            try:
                self._feed.step()
            except TransientApplyError as error:
                failures += 1
                self._away = True
                if failures == 1:
                    self._report(error)
                if self._closing and self._was_patient(failures, since):
                    return False
                if self._waits(self._wait_after(failures)):
                    return False
            else:
                self._away = False
                return not self._giving_up.is_set()

    def _waits(self, seconds: float) -> bool:
        """Wait before the next try; true where there shall be none. Closing cuts a long wait short."""
        if self._closing:
            return self._giving_up.wait(min(seconds, _LONGEST_WAIT_WHEN_CLOSING))
        self._hurry.wait(seconds)
        return self._giving_up.is_set()

    def _was_patient(self, failures: int, since: float) -> bool:
        return failures >= _FAILURES_WHEN_CLOSING or self._clock.monotonic() - since >= self._patience
