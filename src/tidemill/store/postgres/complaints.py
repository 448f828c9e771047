"""What PostgreSQL's complaints mean to the store's callers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import errors

from tidemill.store.errors import (
    CorruptStoreError,
    StoreBrokenError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    UnsuitablePlaceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Another transaction was in the way: the same one succeeds when it is made again.
_IN_THE_WAY: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.ObjectInUse,
)
_NOT_ALLOWED: Final = (
    errors.InsufficientPrivilege,
    errors.InvalidAuthorizationSpecification,
    errors.InvalidCatalogName,
)
_DAMAGED: Final = (errors.DataCorrupted, errors.IndexCorrupted)


@contextmanager
def speaking_of(where: str) -> Iterator[None]:
    """Turn PostgreSQL's complaints into ours, naming the database."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, where) from error


def translated(error: psycopg.Error, where: str) -> StoreError:
    """Which of our errors it is."""
    told = str(error).strip().partition("\n")[0]
    if isinstance(error, _IN_THE_WAY):
        return StoreBusyError(
            f"another transaction was in the way in the database {where} ({told}); it is safe to try again"
        )
    if isinstance(error, errors.DiskFull):
        return StoreFullError(
            f"no room left on the disk of the database {where}; make room, the runs' journals keep what came since"
        )
    if isinstance(error, _DAMAGED):
        return CorruptStoreError(
            f"the database {where} is damaged ({told}). It was left as it is. Restore a backup of it"
        )
    if isinstance(error, errors.IoError):
        return StoreBrokenError(f"the disk failed under the database {where} ({told})")
    if isinstance(error, _NOT_ALLOWED) or _is_refusal(error):
        return UnsuitablePlaceError(
            f"the database {where} does not let us in ({told}); check the user, the password, the database's name and "
            "what the user may do there"
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreUnavailableError(
            f"the database {where} takes no writes now ({told}); it is safe to try again when its primary is back"
        )
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return StoreUnavailableError(f"the database {where} cannot be reached ({told}); it is safe to try again")
    return StoreError(f"the database {where}: {told}")


def _is_refusal(error: psycopg.Error) -> bool:
    """While connecting, libpq tells of refusals by text alone."""
    return error.sqlstate is None and any(
        phrase in str(error) for phrase in ("authentication failed", "does not exist", "no pg_hba.conf entry")
    )
