"""How every command lists and shows: tables for people, tab-separated lines for pipes, JSON for programs.

    @output_options
    def ls(output: Output) -> None:
        ids = shortened(run["id"] for run in runs)
        output.rows(runs, [Column("id", show=ids), Column("name"), Column("tags", wide=True)])

Rows are mappings. JSON has all their keys, whatever the columns; the columns say what people see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeVar, get_args

import click

from tidemill.cli.errors import UsageProblem
from tidemill.cli.plain_text import as_text, to_json, to_yaml
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from typing import IO

F = TypeVar("F", bound=Callable[..., Any])
Row = Mapping[str, Any]
Format = Literal["table", "plain", "wide", "json", "jsonl", "yaml", "name"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
_SHORTEST_ID: Final = 8


class Column(NamedTuple):
    """One column for people: ``show`` makes the cell, ``style`` names its colour, ``wide`` keeps it for ``-o wide``."""

    key: str
    title: str | None = None
    show: Callable[[Any], str] = as_text
    style: Callable[[Any], str] | None = None
    wide: bool = False

    @property
    def heading(self) -> str:
        """The title, else the key in words."""
        return self.title if self.title is not None else self.key.replace("_", " ").capitalize()


class Output(NamedTuple):
    """Where and how a command shows what it found. Commands get one from ``output_options``."""

    asked: Format | None = None
    fields: tuple[str, ...] = ()
    stream: IO[str] | None = None

    @property
    def format(self) -> Format:
        """What was asked for; unsaid, a table on a terminal and plain lines elsewhere."""
        if self.asked is not None:
            return self.asked
        return "table" if self._stream.isatty() else "plain"

    @property
    def for_people(self) -> bool:
        """Whether remarks around the data are welcome: on a terminal, when no format was asked for."""
        return self.asked in {None, "table", "wide"} and self._stream.isatty()

    def rows(
        self, rows: Iterable[Row], columns: Sequence[Column], *, key: str | None = None, empty: str | None = None
    ) -> None:
        """Show several.

        ``key`` is what ``-o name`` prints, else the first column; ``empty`` is told on a terminal when there are none.
        """
        chosen = self._chosen(columns)
        match self.format:
            case "json":
                self._write(to_json([self._picked(row) for row in rows], indent=2))
            case "yaml":
                self._write(to_yaml([self._picked(row) for row in rows]))
            case "jsonl":
                self._lines(to_json(self._picked(row)) for row in rows)
            case "name":
                self._lines(as_text(row[key or columns[0].key]) for row in rows)
            case "plain":
                self._lines("\t".join(column.show(_cell(row, column.key)) for column in chosen) for row in rows)
            case "table" | "wide":
                self._table(list(rows), chosen, empty)

    def item(self, item: Row, *, key: str = "name", show: Mapping[str, Callable[[Any], str]] | None = None) -> None:
        """Show one thing: a line for each field, or one document."""
        picked = self._picked(item)
        match self.format:
            case "json":
                self._write(to_json(picked, indent=2))
            case "yaml":
                self._write(to_yaml(picked))
            case "jsonl":
                self._write(to_json(picked))
            case "name":
                self._write(as_text(item[key]))
            case "plain":
                self._lines(f"{name}\t{_shown(show, name, value)}" for name, value in picked.items())
            case "table" | "wide":
                width = max(map(len, picked), default=0) + 1
                self._lines(
                    f"{Column(name).heading + ':':<{width}}  {_shown(show, name, value)}"
                    for name, value in picked.items()
                )

    def _picked(self, row: Row) -> Row:
        if not self.fields:
            return row
        for name in self.fields:
            if name not in row:
                likely = did_you_mean(name, row) or f"; there are {one_of(row, limit=40)}"
                raise UsageProblem(f"unknown field {name!r}{likely}")
        return {name: row[name] for name in self.fields}

    def _chosen(self, columns: Sequence[Column]) -> list[Column]:
        if self.fields:
            by_key = {column.key: column for column in columns}
            return [by_key.get(name) or Column(name) for name in self.fields]
        return [column for column in columns if not column.wide or self.format == "wide"]

    def _table(self, rows: list[Row], columns: Sequence[Column], empty: str | None) -> None:
        if self.fields and rows:
            self._picked(rows[0])
        if rows:
            from tidemill.cli.table import draw  # noqa: PLC0415 - it brings rich, which only drawing needs

            draw(rows, columns, self._stream, wide=self.format == "wide")
        elif empty:
            self._write(empty)

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._write(line)

    def _write(self, text: str) -> None:
        click.echo(text, file=self._stream)

    @property
    def _stream(self) -> IO[str]:
        return self.stream or sys.stdout


def _cell(row: Row, key: str) -> Any:
    try:
        return row[key]
    except KeyError:
        raise UsageProblem(f"unknown field {key!r}{did_you_mean(key, row)}") from None


def _shown(show: Mapping[str, Callable[[Any], str]] | None, name: str, value: Any) -> str:
    return (show or {}).get(name, as_text)(value)


def shortened(ids: Iterable[Any]) -> Callable[[Any], str]:
    """What shows each of these ids by its shortest prefix that no other has; every command takes such a prefix."""
    ordered = sorted({str(each) for each in ids})
    length = _SHORTEST_ID
    for one, other in pairwise(ordered):
        while length < len(other) and one[:length] == other[:length]:
            length += 1
    return lambda value: as_text(value)[:length].rstrip("-")


def output_options(function: F) -> F:
    """Give a command ``-o/--output`` and ``--fields``; it receives an ``Output`` as ``output``."""
    from functools import wraps  # noqa: PLC0415 - as click does

    @wraps(function)
    def called(*args: Any, output: str | None, fields: str | None, **kwargs: Any) -> Any:
        names = tuple(filter(None, (name.strip() for name in (fields or "").split(","))))
        return function(*args, output=Output(_format(output), names), **kwargs)

    with_fields = click.option("--fields", metavar="A,B", help="Show only these fields, in this order.")(called)
    choice = click.option("--output", "-o", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}.")
    return choice(with_fields)  # type: ignore[return-value] # click keeps the parameters on a function of the same shape


def _format(text: str | None) -> Format | None:
    if text is None:
        return None
    for known in get_args(Format):
        if text.lower() == known:
            found: Format = known
            return found
    raise UsageProblem(f"unknown output format {text!r}{did_you_mean(text, FORMATS)}; known: {one_of(FORMATS)}")
