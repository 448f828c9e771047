"""The schema of the database that a server serves: which steps it took, and taking others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.server.database import address_of, home_database
from tidemill.store import addresses
from tidemill.store.migrations import CURRENT, STEPS, way
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.settings import Settings

#: Words for the two ends of the way.
HEAD, BASE = "head", "base"


class UnknownRevisionError(ValueError):
    """No step is called like that."""


def version(settings: Settings) -> int:
    """How many steps the database took; 0 where there is none yet."""
    path = home_database(settings)
    if path is None:
        return addresses.version_of(address_of(settings))
    from tidemill.store.sqlite import maintaining  # noqa: PLC0415 - who has PostgreSQL needs no apsw

    return maintaining.version_of(path)


def migrate_to(settings: Settings, target: int) -> None:
    """Take the steps that lead there; what a step back drops is gone."""
    path = home_database(settings)
    if path is None:
        addresses.migrate_to(address_of(settings), target)
        return
    from tidemill.store.sqlite import maintaining  # noqa: PLC0415 - as above

    maintaining.migrate_to(path, target)


def sql_of(settings: Settings, begin: int, end: int) -> list[tuple[str, str]]:
    """The steps from one version to another: their names, and the SQL as this database gets it."""
    if addresses.is_postgres(address_of(settings)):
        from tidemill.store.postgres import session as postgres  # noqa: PLC0415 - psycopg, for those who have it
        from tidemill.store.postgres.schema import schema_words  # noqa: PLC0415 - as above

        return [(step.name, schema_words(postgres.rendered.rendered(step.sql))) for step in way(begin, end)]
    from tidemill.store.sqlite.session import rendered  # noqa: PLC0415 - apsw, likewise

    return [(step.name, rendered(step.sql)) for step in way(begin, end)]


def revision(said: str, now: int) -> int:
    """From what somebody typed to a version: ``head``, ``base``, a number, ``-1``, ``+2``, or a step's name.

    Raises UnknownRevisionError.
    """
    if said in (HEAD, BASE):
        return CURRENT if said == HEAD else 0
    if said[:1] in ("+", "-") and said[1:].isdigit():
        return min(max(now + int(said), 0), CURRENT)
    if said.isdigit() and int(said) <= CURRENT:
        return int(said)
    for number, name in enumerate(STEPS, 1):
        if said in (name, name.partition("_")[2], name.partition("_")[0]):
            return number
    likely = did_you_mean(said, [HEAD, BASE, *STEPS])
    raise UnknownRevisionError(f"no step of the schema is called {said!r}{likely}; there are 0 to {CURRENT}")
