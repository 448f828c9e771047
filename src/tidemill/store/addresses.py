"""Addresses of databases: what each names, and the schema of the database that is there.

The addresses are those that people have in their settings already: ``sqlite:///path`` (four slashes for a path from the
root), ``sqlite+aiosqlite:///path``, ``sqlite:///:memory:``, ``postgresql://…``, ``postgres://…``, ``postgresql+asyncpg://…``
and ``postgresql+psycopg://…``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from tidemill.exceptions import OptionError
from tidemill.store.errors import UnsuitablePlaceError
from tidemill.store.migrations import CURRENT
from tidemill.suggestions import did_you_mean, one_of

_SQLITE: Final = ("sqlite", "sqlite+aiosqlite", "sqlite+pysqlite")
_POSTGRES: Final = ("postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2")
#: Of drivers of SQLite that we are not; they change nothing that we promise.
_WITHOUT_MEANING: Final = frozenset({"cache", "check_same_thread", "mode", "timeout", "uri"})
_MEMORY: Final = frozenset({"", ":memory:", "file::memory:"})


def version_of(url: str) -> int:
    """The number of the last step of migration that the database took; 0 where there is nothing yet."""
    if is_postgres(url):
        need_psycopg()
        from tidemill.store.postgres import maintaining as postgres  # noqa: PLC0415 - psycopg, for those who have it

        return postgres.version_of(url)
    from tidemill.store.sqlite import maintaining as sqlite  # noqa: PLC0415 - apsw, likewise

    path = sqlite_path(url)
    return CURRENT if path is None else sqlite.version_of(path)


def migrate_to(url: str, target: int = CURRENT) -> None:
    """Take the steps, forward or back, that lead to a version. What a step back drops is gone.

    Raises ValueError where no steps lead there, StoreBusyError where others hold the database for too long.
    """
    if is_postgres(url):
        need_psycopg()
        from tidemill.store.postgres import maintaining as postgres  # noqa: PLC0415 - as above

        postgres.migrate_to(url, target)
        return
    from tidemill.store.sqlite import maintaining as sqlite  # noqa: PLC0415 - as above

    path = sqlite_path(url)
    if path is not None:
        sqlite.migrate_to(path, target)


def need_psycopg() -> None:
    """Raises UnsuitablePlaceError where what speaks with PostgreSQL is not installed."""
    from importlib.util import find_spec  # noqa: PLC0415 - only for a database elsewhere

    if find_spec("psycopg") is None:
        raise UnsuitablePlaceError(
            "the database is PostgreSQL, and psycopg is not installed. Install it with: "
            'pip install "tidemill[postgres]"'
        )


def is_postgres(url: str) -> bool:
    """Whether an address names a PostgreSQL database; raises OptionError where it names none that we know."""
    kind, found, _ = url.partition("://")
    if not found or kind not in _SQLITE + _POSTGRES:
        hint = did_you_mean(kind, _SQLITE + _POSTGRES) or f"; it begins with {one_of([*_SQLITE, *_POSTGRES])}"
        raise OptionError(f"The database's address begins with {kind[:40]!r}, and no database is called so{hint}")
    return kind in _POSTGRES


def sqlite_path(url: str) -> Path | None:
    """The file that a SQLite address names, from here; None for a database in memory."""
    rest, _, query = url.partition("://")[2].partition("?")
    for name, _ in parse_qsl(query):
        if name not in _WITHOUT_MEANING:
            raise OptionError(
                f"The database's address has a parameter {name!r}, which means nothing for SQLite: leave it out"
            )
    if rest and not rest.startswith("/"):
        raise OptionError(f"The database's address {url!r} names a host; a SQLite file stands behind three slashes")
    path = unquote(rest.removeprefix("/"))
    return None if path in _MEMORY else Path(path.removeprefix("file:")).expanduser().absolute()
