"""What database an address names, in the spellings in which people have it already."""

from __future__ import annotations

from math import ceil
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from tidemill.exceptions import OptionError
from tidemill.store.urls import Parts, parts_of
from tidemill.suggestions import did_you_mean

#: Other names for libpq's parameters, as asyncpg and SQLAlchemy have them.
_ALSO_CALLED: Final = {
    "ssl": "sslmode",
    "timeout": "connect_timeout",
    "database": "dbname",
    "server_settings": "options",
}
#: About how asyncpg prepares statements, and about awaiting.
_WITHOUT_MEANING: Final = frozenset(
    {"prepared_statement_cache_size", "prepared_statement_name_func", "statement_cache_size", "async_fallback",
     "max_cached_statement_lifetime", "max_cacheable_statement_size"}
)  # fmt: skip
#: Where neither the address nor the settings say it.
CONNECT_TIMEOUT_SECONDS: Final = 10
#: So that a server which is cut off, and cannot say so, is taken for lost within a minute; libpq's own names.
SILENCE: Final = {
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "40000",
}
_SSL_MODES: Final = {"true": "require", "1": "require", "false": "disable", "0": "disable"}


class Address(NamedTuple):
    """Where a database is."""

    conninfo: str
    #: For messages: without the password.
    where: str
    #: After how many times a statement is prepared on the server; negative: never; ``None``: soon, unless a pooler
    #: stands in between, which may hand each transaction another connection.
    prepare_threshold: int | None


def address_of(url: str) -> Address:
    """From a URL: ``postgresql://``, ``postgres://``, and with ``+asyncpg`` or ``+psycopg`` behind the first word.

    ``?prepare_threshold=N`` has the server prepare what was said N times, negative: never. Raises OptionError for a
    parameter that means nothing here.
    """
    parts = parts_of(url)
    asked = {name: value for name, value in parse_qsl(parts.query) if name not in _WITHOUT_MEANING}
    threshold = asked.pop("prepare_threshold", None)
    if threshold is not None and not threshold.removeprefix("-").isdecimal():
        raise OptionError.expected("prepare_threshold", "a whole number", threshold)
    given = dict(_parameter(name, value) for name, value in asked.items())
    given.setdefault("application_name", "tidemill")
    given.setdefault("connect_timeout", str(CONNECT_TIMEOUT_SECONDS))
    shown = _shown(parts, given.get("host", ""))
    try:
        conninfo = make_conninfo(parts.bare("postgresql"), **(SILENCE | given))
    except ProgrammingError:  # which would tell the password
        raise OptionError(
            f"The database's address {shown} is none that PostgreSQL's client can read. "
            "Write it as: postgresql://USER:PASSWORD@HOST:5432/NAME"
        ) from None
    return Address(conninfo, shown, None if threshold is None else int(threshold))


def _parameter(name: str, value: str) -> tuple[str, str]:
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    libpq = _ALSO_CALLED.get(name, name)
    if libpq not in known or name == "server_settings":
        hint = did_you_mean(name, known) or ": leave it out"
        raise OptionError(
            f"The database's address has a parameter {name!r}, which PostgreSQL's client does not know{hint}"
        )
    if libpq == "connect_timeout":
        return libpq, _whole_seconds(name, value)
    return libpq, _SSL_MODES.get(value.lower(), value) if name == "ssl" else value


def _whole_seconds(name: str, value: str) -> str:
    try:
        return str(ceil(float(value)))
    except (ValueError, OverflowError):
        raise OptionError.expected(name, "a number of seconds", value) from None


def _shown(parts: Parts, host: str) -> str:
    user = f"{quote(parts.user)}@" if parts.user else ""
    return f"postgresql://{user}{parts.place or host}{parts.path}"
