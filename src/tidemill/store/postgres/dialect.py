"""What stands in PostgreSQL for the words of portable SQL; ``store/portable.py`` says what each means.

JSON stands in columns as text, and is read as ``json``, which keeps it as it was written. Batches are read twice: their
scalars from ``jsonb``, which is taken apart once for all fields, and what is JSON within them from ``json``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: What ``@among`` says, where ``@by_values`` asks for it.
_ARRAY: Final = re.compile(
    r"ARRAY\(SELECT (listed\.value|CAST\(listed\.value AS bigint\))"
    r" FROM json_array_elements_text\(CAST\((:\w+) AS json\)\) AS listed \(value\)\)"
)
_STEP: Final = re.compile(r"\[(-?\d+)\]|\.(\w+)")
_CASTS: Final = {
    "text": "{}",
    "json": "{}",
    "int": "CAST({} AS bigint)",
    "real": "CAST({} AS double precision)",
    "flag": "CAST(CAST({} AS boolean) AS integer)",
}


def _at(path: str) -> str:
    """The operators that go along a path and end with a text."""
    steps = [number or f"'{name}'" for number, name in _STEP.findall(path)]
    return "".join(f" -> {step}" for step in steps[:-1]) + f" ->> {steps[-1]}"


def _json(text: str) -> str:
    return f"CAST({text} AS json)"


def _field(name: str, path: str, kind: str) -> str:
    value = f"({name}.value{_at(path)})"
    if kind != "json":
        return _CASTS[kind].format(value)
    # what is nothing or empty, as most of it is, need not be looked for in the text
    return (
        f"CASE coalesce({value}, '') WHEN '' THEN NULL WHEN '[]' THEN '[]' WHEN '{{}}' THEN '{{}}' "
        f"ELSE {name}.document{_at(path)} END"
    )


def _each(array: str, name: str) -> str:
    both = f"json_array_elements({_json(array)}), jsonb_array_elements(CAST({array} AS jsonb))"
    return f"ROWS FROM ({both}) WITH ORDINALITY AS {name} (document, value, place)"


def _listed(array: str, kind: str = "text") -> str:
    value = _CASTS[kind].format("listed.value")
    return f"(SELECT {value} FROM json_array_elements_text({_json(array)}) AS listed (value))"


def _by_values(*sql: str) -> str:
    """What does not begin with a SELECT is not prepared, and lists made by functions are known when it is planned."""

    def known(found: re.Match[str]) -> str:
        return f"{'texts_of' if found[1] == 'listed.value' else 'numbers_of'}({found[2]})"

    return "/* by values */ " + _ARRAY.sub(known, ", ".join(sql))


def _as_json(value: str) -> str:
    if value == "NULL":
        return "'null'"
    if value.startswith(("'", "CASE ")):  # whose type PostgreSQL does not know
        value = f"CAST({value} AS text)"
    return f"coalesce(CAST(to_json({value}) AS text), 'null')"


def _array(*values: str) -> str:
    return "('[' || " + " || ',' || ".join(map(_as_json, values)) + " || ']')"


def _with_behind(array: str, *values: str) -> str:
    more = " || ',' || ".join(values)
    return f"(left({array}, -1) || CASE {array} WHEN '[]' THEN '' ELSE ',' END || {more} || ']')"


DIALECT: Final[dict[str, Callable[..., str]]] = {
    "listed": _listed,
    "among": lambda column, array, kind="text": f"{column} = ANY (ARRAY{_listed(array, kind)})",
    "pairs": lambda array: (
        f"(SELECT pair.value ->> 0, pair.value ->> 1 FROM json_array_elements({_json(array)}) AS pair (value))"
    ),
    "each": _each,
    "field": _field,
    "place": lambda name: f"({name}.place - 1)",
    "values": lambda array, name: f"json_array_elements_text({_json(array)}) AS {name} (value)",
    "of": lambda column, path, kind: _CASTS[kind].format(f"({_json(column)}{_at(path)})"),
    "get": lambda mapping, key, kind: _CASTS[kind].format(f"({_json(mapping)} ->> {key})"),
    "array": _array,
    "json": _json,
    "with_behind": _with_behind,
    "length": lambda array: f"json_array_length({_json(array)})",
    "greatest": lambda *values: f"greatest({', '.join(values)})",
    "least": lambda *values: f"least({', '.join(values)})",
    "total": lambda number: f"coalesce(sum({number}), 0)",
    "like": lambda text, pattern: f'{text} ILIKE {pattern} COLLATE "C"',
    "contains": lambda text, part: f'position(lower({part} COLLATE "C") IN lower({text} COLLATE "C")) > 0',
    "first_word": lambda text: f"split_part({text}, ' ', 1)",
    "evaluated_once": lambda: "OFFSET 0",
    "locked": lambda table: f"FOR NO KEY UPDATE OF {table}",
    "locked_if_free": lambda table: f"FOR NO KEY UPDATE OF {table} SKIP LOCKED",
    "handed_out": lambda table: (
        f"coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence('{table}', 'seq') AS regclass)), 0)"
    ),
    "oldest_at_work": lambda: "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)",
    "transaction_number": lambda: "CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
    "by_values": _by_values,
    "sqlite": lambda *_sql: "",
    "postgres": lambda *sql: ", ".join(sql),
    "concurrently": lambda: "CONCURRENTLY IF NOT EXISTS",
}
