"""One text of SQL for SQLite and PostgreSQL.

Statements keep to what both databases understand: ``coalesce`` and ``CASE`` rather than ``ifnull`` and ``iif``, flags
as 0 and 1, times as whole microseconds, ids and JSON as text, ``:name`` for what is bound. Where the two have different
words for one thing, a statement says ``@word(…)``, and each database's dialect says what stands for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WORD: Final = re.compile(r"@(\w+)\(([^()]*)\)")


class Rendering:
    """Statements as one database hears them; each is put into its words once.

    A dialect leads from a word to what stands for it; that is given the arguments as they were written.
    """

    def __init__(self, dialect: Mapping[str, Callable[..., str]]) -> None:
        self._dialect = dialect
        self._known: dict[str, str] = {}

    def __call__(self, sql: str) -> str:
        """The statement in the database's own words. Raises KeyError for a word that its dialect does not have."""
        known = self._known.get(sql)
        if known is None:
            known = self._known[sql] = _WORD.sub(self._said, sql)
        return known

    def _said(self, found: re.Match[str]) -> str:
        word, arguments = found.groups()
        return self._dialect[word](*(argument.strip() for argument in arguments.split(",")))
