"""``tidemill variable``: values that flows read by name."""

from __future__ import annotations

import sys
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from tidemill.api.client.refused import ConflictError
from tidemill.api.operations import variables as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import named, row_of
from tidemill.cli.errors import Problem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.plain_text import as_text, indented, to_json
from tidemill.cli.session import confirm
from tidemill.cli.wall_clock import now

if TYPE_CHECKING:
    from tidemill.api.client.client import Client
    from tidemill.wire.variables import Variable

_LS: Final = "tidemill variable ls"
_RECENT: Final = 200
_LONGEST: Final = 200  # of command lines that are worth repeating


@click.group(cls=CommandGroup)
def variable() -> None:
    """Keep values that flows read by name."""


@variable.command()
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@output_options
def ls(limit: int, output: Output) -> None:
    """List variables by name."""
    with opened_api() as api:
        rows = [row_of(each) for each in api.pages(operations.READ_VARIABLES, limit=limit, body={})]
    moment = now()
    columns = [
        Column("name"),
        Column("value", show=_in_a_cell),
        Column("tags", wide=True),
        Column("created", show=lambda value: ago(value, moment), wide=True),
        Column("updated", show=lambda value: ago(value, moment)),
    ]
    output.rows(rows, columns, key="name", empty="No variables. Set one with: tidemill variable set NAME VALUE")


@variable.command()
@positional("name")
@output_options
def inspect(name: str, output: Output) -> None:
    """Show everything about a variable."""
    with opened_api() as api:
        output.item(row_of(_read(api, name)), show={"created": local, "updated": local})


@variable.command()
@positional("name")
def get(name: str) -> None:
    """Print a variable's value: text as it is, everything else as JSON.

    On a terminal, control characters in a text are written out.
    """
    with opened_api() as api:
        value = _read(api, name).value
    text = value if isinstance(value, str) else to_json(value)
    click.echo(indented(text, "") if sys.stdout.isatty() else text)


@variable.command("set")
@positional("name")
@positional("value")
@click.option("--overwrite/--no-overwrite", default=False, help="Change it if there is one of that name.")
@click.option("--tag", multiple=True, metavar="TAG", help="May be repeated.")
@click.option("--empty-tag", is_flag=True, help="Take away the tags that it has.")
def set_(name: str, value: str, overwrite: bool, tag: tuple[str, ...], empty_tag: bool) -> None:
    """Set a variable. The value is JSON where it reads as JSON, else text."""
    check_new_name(name, "variable")
    body: dict[str, Any] = {"name": name, "value": _parsed(value)}
    if tag or empty_tag:
        body["tags"] = list(tag)
    with opened_api() as api:
        try:
            api.ask(operations.CREATE_VARIABLE, body=body)
        except ConflictError as error:
            if not overwrite:
                again = f"tidemill variable set {quote(name)} {quote(value)} --overwrite"
                hint = again if len(again) <= _LONGEST else "the same with --overwrite"
                raise Problem(f"there is a variable {name!r} already", hint=hint) from error
            api.ask(operations.UPDATE_VARIABLE_BY_NAME, body=body, name=name)
            click.echo(f"Changed variable {name!r}.")
            return
    click.echo(f"Set variable {name!r}.")


@click.command()
@positional("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def unset(name: str, yes: bool) -> None:
    """Delete a variable."""
    with opened_api() as api:
        _read(api, name)
        if not confirm(f"Delete variable {name!r}?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_VARIABLE_BY_NAME, name=name)
    click.echo(f"Deleted variable {name!r}.")


variable.add_command(unset, "delete", also=("unset",))


def _read(api: Client, name: str) -> Variable:
    def names() -> list[str]:
        return [each.name for each in api.pages(operations.READ_VARIABLES, limit=_RECENT, body={})]

    with named("variable", name, names, hint=_LS):
        found: Variable = api.ask(operations.READ_VARIABLE_BY_NAME, name=name)
        return found


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _in_a_cell(value: Any) -> str:
    return as_text(value) if isinstance(value, str) else to_json(value)
