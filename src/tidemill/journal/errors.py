"""What can go wrong with a journal, one class for each thing a caller can do about it.

JournalError
├── RecordTooLargeError   give less at once
├── NotAJournalError      leave the file alone, look at it
├── JournalBrokenError    stop acknowledging; the disk must be looked at
├── JournalClosedError    a bug in the caller: the journal's life was over
├── JournalForkedError    a bug in the caller: a child needs a journal of its own
└── ApplyStoppedError     the store refused for good; the cause is chained
TransientApplyError       raised *by* the store's side: try again later
"""

from __future__ import annotations


class JournalError(Exception):
    """Something is wrong with a journal."""


class RecordTooLargeError(JournalError, ValueError):
    """One entry is larger than a journal takes."""


class NotAJournalError(JournalError):
    """A file that stands where a journal should, is not one, or is of a version this tidemill cannot read."""


class JournalBrokenError(JournalError):
    """The disk failed to keep what it was given; nothing more is accepted. Restart to recover what is safe."""


class JournalClosedError(JournalError):
    """Append or sync after close."""


class JournalForkedError(JournalError):
    """A forked child touched its parent's journal."""


class ApplyStoppedError(JournalError):
    """Entries are kept in the journal, but they are no longer applied; the cause is chained."""


class TransientApplyError(Exception):
    """The store cannot take a batch now (locked, away, full); the same batch is offered again later."""
