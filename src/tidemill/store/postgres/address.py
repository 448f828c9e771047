"""What database an address names, in the spellings in which people have it already."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from tidemill.exceptions import OptionError
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
    parts = urlsplit(url)
    asked = {name: value for name, value in parse_qsl(parts.query) if name not in _WITHOUT_MEANING}
    threshold = asked.pop("prepare_threshold", None)
    if threshold is not None and not threshold.removeprefix("-").isdecimal():
        raise OptionError.expected("prepare_threshold", "a whole number", threshold)
    given = dict(_parameter(name, value) for name, value in asked.items())
    bare = urlunsplit(("postgresql", parts.netloc, parts.path, "", ""))
    given.setdefault("application_name", "tidemill")
    given.setdefault("connect_timeout", str(CONNECT_TIMEOUT_SECONDS))
    shown = _shown(bare, given.get("host", ""))
    return Address(make_conninfo(bare, **(SILENCE | given)), shown, None if threshold is None else int(threshold))


def _parameter(name: str, value: str) -> tuple[str, str]:
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    libpq = _ALSO_CALLED.get(name, name)
    if libpq not in known or name == "server_settings":
        hint = did_you_mean(name, known) or ": leave it out"
        raise OptionError(
            f"The database's address has a parameter {name!r}, which PostgreSQL's client does not know{hint}"
        )
    return libpq, _SSL_MODES.get(value.lower(), value) if name == "ssl" else value


def _shown(bare: str, host: str) -> str:
    parts = urlsplit(bare)
    user = f"{quote(parts.username)}@" if parts.username else ""
    place = parts.netloc.rpartition("@")[2] or host
    return f"postgresql://{user}{place}{parts.path}"
