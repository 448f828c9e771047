"""One text of SQL for SQLite and PostgreSQL.

Statements keep to what both databases understand: ``coalesce`` and ``CASE`` rather than ``ifnull`` and ``iif``, flags
as 0 and 1, times as whole microseconds, ids and JSON as text, ``:name`` for what is bound. Where the two have different
words for one thing, a statement says ``@word(…)``, and each database's dialect says what stands for it. What stands
between the parentheses may hold such words itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What is said as it is: texts, names in quotes, comments. All patterns here look at these first.
SAID: Final = r"""'(?:[^']|'')*'|"[^"]*"|--[^\n]*"""
_WORD: Final = re.compile(rf"{SAID}|@(\w+)\(")
_ARGUMENT: Final = re.compile(rf"{SAID}|[(),]")


class Rendering:
    """Statements as one database hears them; each is put into its words once.

    A dialect leads from a word to what stands for it; that is given the arguments, put into its words themselves.
    """

    def __init__(self, dialect: Mapping[str, Callable[..., str]]) -> None:
        self._dialect = dialect
        self._known: dict[str, str] = {}

    def __call__(self, sql: str) -> str:
        """The statement in the database's own words. Raises KeyError for a word that its dialect does not have."""
        known = self._known.get(sql)
        if known is None:
            known = self._known[sql] = self.rendered(sql)
        return known

    def rendered(self, sql: str) -> str:
        """As a call, without remembering it: for what is said once."""
        parts, position = [], 0
        for found in iter(lambda: _next_word(sql, position), None):
            arguments, end = _arguments(sql, found.end())
            said = self._dialect[found[1]](*(self.rendered(argument) for argument in arguments))
            parts += [sql[position : found.start()], said]
            position = end
        return "".join([*parts, sql[position:]])


def _next_word(sql: str, position: int) -> re.Match[str] | None:
    return next((found for found in _WORD.finditer(sql, position) if found[1]), None)


def _arguments(sql: str, start: int) -> tuple[list[str], int]:
    """What stands between a word's parentheses, parted by its commas, and where it ends."""
    arguments, depth, begin = [], 0, start
    for found in _ARGUMENT.finditer(sql, start):
        if found[0] == "(":
            depth += 1
        elif found[0] == ")" and depth:
            depth -= 1
        elif found[0] in {",", ")"} and not depth:
            arguments.append(sql[begin : found.start()].strip())
            begin = found.end()
            if found[0] == ")":
                return arguments if arguments != [""] else [], begin
    raise ValueError(f"a parenthesis is not closed in the SQL {sql!r}")
