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
    UnfitValueError,
    UnsuitablePlaceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRY_AGAIN: Final = "it is safe to try again"
#: What is said of each; of several that fit, the first.
_MEANINGS: Final[tuple[tuple[tuple[type[psycopg.Error], ...], type[StoreError], str], ...]] = (
    (
        # another transaction was in the way: the same one succeeds when it is made again
        (
            errors.SerializationFailure,
            errors.DeadlockDetected,
            errors.LockNotAvailable,
            errors.QueryCanceled,
            errors.ObjectInUse,
            # looked for first, so another put it there, or took it away, since
            errors.UniqueViolation,
            errors.ForeignKeyViolation,
        ),
        StoreBusyError,
        f"another transaction was in the way in the database {{where}} ({{told}}); {_TRY_AGAIN}",
    ),
    (
        (errors.DiskFull,),
        StoreFullError,
        "no room left on the disk of the database {where}; make room, the runs' journals keep what came since",
    ),
    (
        (errors.DataCorrupted, errors.IndexCorrupted),
        CorruptStoreError,
        "the database {where} is damaged ({told}). It was left as it is. Restore a backup of it",
    ),
    (
        (errors.ProgramLimitExceeded,),
        UnfitValueError,
        "a text by which something is found is too long for the database {where} ({told})",
    ),
    ((psycopg.DataError,), UnfitValueError, "a value cannot be stored in the database {where} ({told})"),
    ((errors.IoError,), StoreBrokenError, "the disk failed under the database {where} ({told})"),
    (
        (errors.InsufficientPrivilege, errors.InvalidAuthorizationSpecification, errors.InvalidCatalogName),
        UnsuitablePlaceError,
        "the database {where} does not let us in ({told}); check user, password, the database's name and its grants",
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        StoreUnavailableError,
        f"the database {{where}} takes no writes now ({{told}}); {_TRY_AGAIN} when its primary is back",
    ),
    (
        (psycopg.OperationalError, psycopg.InterfaceError),
        StoreUnavailableError,
        f"the database {{where}} cannot be reached ({{told}}); {_TRY_AGAIN}",
    ),
    ((psycopg.Error,), StoreError, "the database {where}: {told}"),
)


@contextmanager
def speaking_of(where: str) -> Iterator[None]:
    """Turn PostgreSQL's complaints into ours, naming the database."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, where) from error


def translated(error: psycopg.Error, where: str) -> StoreError:
    """Which of our errors it is."""
    kind: type[psycopg.Error] = errors.InvalidAuthorizationSpecification if _is_refusal(error) else type(error)
    meaning, message = next((ours, said) for theirs, ours, said in _MEANINGS if issubclass(kind, theirs))
    return meaning(message.format(where=where, told=told(error)))


def told(error: psycopg.Error) -> str:
    """The sentence of a complaint."""
    return str(error).strip().partition("\n")[0]


def _is_refusal(error: psycopg.Error) -> bool:
    """While connecting, libpq tells of refusals by text alone."""
    return error.sqlstate is None and any(
        phrase in str(error) for phrase in ("authentication failed", "does not exist", "no pg_hba.conf entry")
    )
