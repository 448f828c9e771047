"""The operators of filters as SQL, said once: for filters of the wire and for conditions that are asked in process."""

from __future__ import annotations

from typing import Final

_NULL: Final = "CASE WHEN {column} IS NULL THEN 1 ELSE 0 END"
#: By the wire's name of each operator. ``{value}`` is a placeholder, ``{kind}`` the kind of the column's values.
COMPARISONS: Final = {
    "any_": "@among({column}, {value}, {kind})",
    "id_": "@among({column}, {value}, {kind})",
    "not_any_": "({column} IS NULL OR {column} NOT IN @listed({value}, {kind}))",
    "like_": "@like({column}, {value})",
    "before_": "{column} <= {value}",
    "after_": "{column} >= {value}",
    "ge_": "{column} >= {value}",
    "le_": "{column} <= {value}",
    "eq_": "{column} = {value}",
    "is_null_": f"{_NULL} = {{value}}",
    "exists_": f"{_NULL} <> {{value}}",
}
#: The same of a column that is a JSON list of texts. Most lists are empty, and lists are slow to look into.
LIST_COMPARISONS: Final = {
    "any_": "({column} <> '[]' AND EXISTS (SELECT 1 FROM @values({column}, tag) WHERE tag.value IN @listed({value})))",
    "all_": "NOT EXISTS (SELECT 1 FROM @values({value}, tag) WHERE tag.value NOT IN @listed({column}))",
    "is_null_": "CASE {column} WHEN '[]' THEN 1 ELSE 0 END = {value}",
}


def comparison(operator: str, column: str, value: str) -> str:
    """A column compared with what a placeholder stands for. Raises KeyError for an operator that there is not."""
    return COMPARISONS[operator].format(column=column, value=value, kind=kind_of(column))


def list_comparison(operator: str, column: str, value: str, *, asks_for_some: bool = True) -> str:
    """As ``comparison``, of a list. ``asks_for_some``: an empty list cannot be what is wanted."""
    sql = LIST_COMPARISONS[operator].format(column=column, value=value)
    return f"({column} <> '[]' AND {sql})" if operator == "all_" and asks_for_some else sql


def kind_of(column: str) -> str:
    """What the values of a column are, by its name: int or text."""
    return "int" if column.endswith(("_us", ".seq", ".level")) else "text"


def part_of(text: str) -> str:
    """A pattern for texts that have this one somewhere within."""
    return f"%{literally(text)}%"


def literally(text: str) -> str:
    """A pattern for this text and no other."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
