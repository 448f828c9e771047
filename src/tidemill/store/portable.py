"""One text of SQL for SQLite and PostgreSQL.

Statements keep to what both databases understand: ``coalesce`` and ``CASE`` rather than ``ifnull`` and ``iif``, flags
as 0 and 1, times as whole microseconds, ids and JSON as text, ``:name`` for what is bound. Where the two have different
words for one thing, a statement says ``@word(…)``, and each database's dialect (``sqlite/session.py``,
``postgres/dialect.py``) says what stands for it. What stands between the parentheses may hold such words itself.

==================================  ===================================================================================
``x IN @listed(:ids)``              among the texts of a JSON array; ``@listed(:numbers, int)`` for numbers
``@among(x, :ids, kind)``           the same, so that PostgreSQL goes by an index of x, however many there may be
``(x, y) IN @pairs(:pairs)``        among the pairs of texts of a JSON array of arrays
``FROM @each(:steps, step)``        a row for each element of a JSON array, whose parts are read with ``@field``
``@field(step, $[1], kind)``        what stands there in an element; ``kind``: text, int, real, flag, json
``@place(step)``                    where the element stands in its array, from 0
``FROM @values(tags, tag)``         a row for each element of an array of texts, as ``tag.value``
``@of(details, $.a[-1], kind)``     what stands there in a column of JSON; ``[-1]`` is an array's last element
``@get(:epochs, key, kind)``        what a JSON object has under a key that is computed
``@array(a, b)``, ``@json(column)`` a JSON array as text; within it, a column that is JSON already
``@with_behind(array, a, b)``       a JSON array with more elements behind it, each made by ``@array``
``@length(array)``                  of a JSON array
``@greatest(a, b)``, ``@least``     of values that are not NULL
``@total(x)``                       the sum, 0 of nothing; of whole numbers as a real one where they are too many
``@like(column, :pattern)``         LIKE in either case (of ASCII letters), escapes by a backslash
``@contains(column, :part)``        whether a text has another within it, in either case
``@first_word(column)``             what stands before the first space
``@evaluated_once()``               at the end of a subquery: what it selects is computed once, however often used
``@locked(table)``                  at the end of a SELECT: nobody else changes these rows until the transaction is
                                    over; order them by id, so that two who lock several wait in one line. Such a
                                    statement reads no other table: what it read there would be as it was before it
                                    waited. Hold first (``asking.hold``), then ask
``@locked_if_free(table)``          the same of those rows alone that nobody else holds
``@by_values(SELECT …)``            a whole statement, planned each time for what is bound: where a hundred rows have a
                                    value or a hundred thousand, and planning takes less than a wrong plan
``@sqlite(…)``, ``@postgres(…)``    said to that database only
==================================  ===================================================================================

Besides: times and counts are bound as ``int``, flags that stand in a condition as ``bool`` and those in a column as 0
or 1. A column that may have no value is sorted with ``NULLS FIRST`` (descending: ``NULLS LAST``), in words. "All" is
LIMIT ``ALL_ROWS``. Every column that is selected beside an aggregate is in GROUP BY. No INSERT … ON CONFLICT DO UPDATE
meets a row twice. What is decided upon what was read is read with ``@locked``: on SQLite one transaction writes at a
time, on PostgreSQL many do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The LIMIT that is none.
ALL_ROWS: Final = 2**62
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
        while (found := _next_word(sql, position)) is not None:
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
