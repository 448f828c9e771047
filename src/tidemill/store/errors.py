"""What a store says when it cannot.

StoreError
├── StoreUnavailableError      wait and try again: nothing is lost, the journal keeps it
│   ├── StoreBusyError         another process holds the database
│   ├── StoreUncertainError    the connection was lost at the commit
│   └── StoreFullError         the disk is full
├── StoreRefusedError          the file is not one we may use; it was left untouched
│   ├── ForeignStoreError      not a tidemill database
│   ├── NewerStoreError        written by a newer tidemill
│   ├── OutdatedStoreError     written by an older tidemill, and not to be brought up to date
│   ├── CorruptStoreError      damaged
│   └── UnsuitablePlaceError   network file system, old SQLite
├── StoreBrokenError           the disk failed under us: stop acknowledging
├── MissingError               there is no such thing
├── TakenError                 there is such a thing already
├── UnfitValueError            a number that is too large to be stored
├── UnknownRunError            no such run, or not one only
├── RunHeldError               a live process holds the run
├── StaleEpochError            the run was claimed by someone else since
├── LeadLostError              another server runs the service by now
├── InputExistsError           the run has an input of this key
└── LimitError                 a concurrency limit cannot be had this way
    ├── UnknownLimitError      there is none (a MissingError, too)
    └── LimitTakenError        there is one already (a TakenError, too)

Each hangs below a branch of ``tidemill.exceptions`` as well, which says what its reader can do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.exceptions import InputError, SetupError, TidemillException, TransientError
from tidemill.journal.errors import TransientApplyError

if TYPE_CHECKING:
    from collections.abc import Callable


class StoreError(TidemillException):
    """Any complaint of the store."""


class StoreUnavailableError(StoreError, TransientError, TransientApplyError):
    """Not now. The same call may well succeed later."""


class StoreBusyError(StoreUnavailableError):
    """Another process held the database for longer than we wait."""


class StoreUncertainError(StoreUnavailableError):
    """The connection was lost while it committed: it may have been done.

    ``was_committed`` asks the database which it was, and may raise StoreUnavailableError as often as it is asked.
    """

    def __init__(self, message: str, was_committed: Callable[[], bool]) -> None:
        super().__init__(message)
        self.was_committed = was_committed


class StoreFullError(StoreUnavailableError):
    """There is no room on the disk."""


class StoreRefusedError(StoreError, SetupError):
    """The database may not be used as it is. It was left untouched."""


class ForeignStoreError(StoreRefusedError):
    """The file is not a tidemill database."""


class NewerStoreError(StoreRefusedError):
    """The database was written by a newer tidemill."""

    @classmethod
    def at(cls, where: str, version: int, current: int) -> NewerStoreError:
        """In words."""
        return cls(
            f"{where} was written by a newer tidemill (schema {version}, this one knows {current}). "
            "It was left untouched. Upgrade with: pip install --upgrade tidemill"
        )


class OutdatedStoreError(StoreRefusedError):
    """The database has an older schema, and whoever opened it did not want that changed."""

    @classmethod
    def at(cls, where: str, version: int, current: int) -> OutdatedStoreError:
        """In words."""
        return cls(
            f"the database {where} has schema {version}, and this tidemill needs {current}. "
            "Bring it up to date with: tidemill server database upgrade"
        )


class CorruptStoreError(StoreRefusedError):
    """The database is damaged."""

    @classmethod
    def at(cls, where: str, found: str) -> CorruptStoreError:
        """In words, of a file of SQLite's."""
        return cls(
            f"the database {where} is damaged ({found}). It was left as it is. "
            "Move it away to start afresh, or recover it with: sqlite3 FILE .recover"
        )


class UnsuitablePlaceError(StoreRefusedError):
    """A database cannot be kept safe there or with that library."""


class StoreBrokenError(StoreError, SetupError):
    """The disk reported an error while writing: what was being written may be lost, so nothing more is acknowledged."""


class MissingError(StoreError, InputError, LookupError):
    """There is nothing of this id or name."""


class TakenError(StoreError, InputError, ValueError):
    """The name or key is in use already."""


class UnfitValueError(StoreError, InputError, ValueError):
    """A value that no column holds, such as a number beyond 64 bits."""


class UnknownRunError(StoreError, InputError, LookupError):
    """No run has this id or name, or several have."""


class RunHeldError(StoreError, TransientError):
    """The run may not be claimed now."""


class StaleEpochError(StoreError):
    """The caller's hold on the run is over: someone claimed it since."""


class LeadLostError(StoreError, TransientError):
    """Another server runs the service by now; nothing was changed."""


class InputExistsError(StoreError, InputError, ValueError):
    """A flow run has an input of this key already."""


class LimitError(StoreError, InputError, ValueError):
    """A concurrency limit is unknown, or cannot be used this way."""


class UnknownLimitError(LimitError, MissingError):
    """There is no concurrency limit of this name or id."""


class LimitTakenError(LimitError, TakenError):
    """There is a concurrency limit of this name already."""
