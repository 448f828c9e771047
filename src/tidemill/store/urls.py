"""The parts of a database's address, as people have it already.

A password may have anything in it but an ``@``, written as it is or in percents: so SQLAlchemy reads it, where a URL's
own rules would end it at the first ``/``, ``?`` or ``#``, and take the rest for something else.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

_PARTS: Final = re.compile(
    r"(?P<kind>.*?)://(?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?(?P<place>[^/?#]*)(?P<path>[^?#]*)\??(?P<query>.*)",
    re.DOTALL,
)


class Parts(NamedTuple):
    """Of an address ``kind://user:password@place/path?query``; user and password are decoded, None where not said."""

    kind: str
    user: str | None
    password: str | None
    #: Host and port, or several, or neither.
    place: str
    #: From the slash on.
    path: str
    query: str

    def bare(self, kind: str) -> str:
        """The address of another kind, without the query."""
        password = "" if self.password is None else f":{quote(self.password, safe='')}"
        who = "" if self.user is None else f"{quote(self.user, safe='')}{password}@"
        return f"{kind}://{who}{self.place}{self.path}"


def parts_of(url: str) -> Parts:
    """Take an address apart; without ``://`` all of it is the kind."""
    found = _PARTS.fullmatch(url)
    if found is None:
        return Parts(url, None, None, "", "", "")
    kind, user, password, place, path, query = found.groups()
    return Parts(
        kind,
        None if user is None else unquote(user),
        None if password is None else unquote(password),
        place,
        path,
        query,
    )
