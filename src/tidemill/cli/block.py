"""``tidemill block``: configured blocks, and the types there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from tidemill.api.operations import blocks as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import named, row_of
from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.session import confirm
from tidemill.cli.wall_clock import now

if TYPE_CHECKING:
    from tidemill.api.client.client import Client
    from tidemill.wire.blocks import BlockDocument, BlockType

_LS: Final = "tidemill block ls"
_TYPES: Final = "tidemill block type ls"


@click.group(cls=CommandGroup)
def block() -> None:
    """Look at configured blocks, and delete them. Secrets in them are never shown."""


@block.command()
@output_options
def ls(output: Output) -> None:
    """List blocks by type and name."""
    with opened_api() as api:
        found = api.pages(operations.READ_BLOCK_DOCUMENTS, limit=None, body={"sort": "BLOCK_TYPE_AND_NAME_ASC"})
        rows = [row_of(each) | {"slug": _slug(each)} for each in found]
    moment = now()
    columns = [
        Column("id", title="ID", wide=True),
        Column("block_type_name", title="Type"),
        Column("name"),
        Column("slug"),
        Column("updated", show=lambda value: ago(value, moment), wide=True),
    ]
    output.rows(rows, columns, key="slug", empty="No blocks.")


def _slug(document: BlockDocument) -> str:
    kind = document.block_type.slug if document.block_type is not None else "unknown"
    return f"{kind}/{document.name}"


@block.command()
@positional("slug", required=False, metavar="TYPE/NAME")
@click.option("--id", "block_id", metavar="ID", help="By its id.")
@output_options
def inspect(slug: str | None, block_id: str | None, output: Output) -> None:
    """Show everything about a block but its secrets."""
    with opened_api() as api:
        document = _read(api, slug, block_id)
    output.item(row_of(document) | {"slug": _slug(document)}, key="slug", show={"created": local, "updated": local})


@block.command()
@positional("slug", required=False, metavar="TYPE/NAME")
@click.option("--id", "block_id", metavar="ID", help="By its id.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(slug: str | None, block_id: str | None, yes: bool) -> None:
    """Delete a block."""
    with opened_api() as api:
        document = _read(api, slug, block_id)
        if not confirm(f"Delete block {_slug(document)!r}?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_BLOCK_DOCUMENT, id=document.id)
    click.echo(f"Deleted block {_slug(document)!r}.")


@click.group("type", cls=CommandGroup)
def type_() -> None:
    """The types of blocks that there are."""


block.add_command(type_, also=("types",))


@type_.command("ls")
@output_options
def ls_types(output: Output) -> None:
    """List types of blocks."""
    with opened_api() as api:
        rows = [row_of(each) for each in api.pages(operations.READ_BLOCK_TYPES, limit=None, body={})]
    columns = [
        Column("slug"),
        Column("name", wide=True),
        Column("description", show=_first_sentence),
        Column("is_protected", title="Protected", wide=True),
        Column("documentation_url", wide=True),
    ]
    output.rows(rows, columns, key="slug", empty="No types of blocks.")


def _first_sentence(text: str | None) -> str:
    return (text or "").partition(". ")[0].partition("\n")[0]


@type_.command("inspect")
@positional("slug")
@output_options
def inspect_type(slug: str, output: Output) -> None:
    """Show everything about a type."""
    with opened_api() as api:
        output.item(row_of(_read_type(api, slug)), key="slug", show={"created": local, "updated": local})


@type_.command("delete")
@positional("slug")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete_type(slug: str, yes: bool) -> None:
    """Delete a type with all its blocks."""
    with opened_api() as api:
        found = _read_type(api, slug)
        if not confirm(f"Delete the type {slug!r} with all its blocks?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_BLOCK_TYPE, id=found.id)
    click.echo(f"Deleted the type {slug!r}.")


def _read(api: Client, slug: str | None, block_id: str | None) -> BlockDocument:
    found: BlockDocument
    if (slug is None) == (block_id is None):
        raise UsageProblem("give either TYPE/NAME or --id", hint=_LS)
    if slug is None:
        with named("block", str(block_id), hint=_LS):
            found = api.ask(operations.READ_BLOCK_DOCUMENT_BY_ID, id=block_id)
            return found
    kind, slash, name = slug.partition("/")
    if not slash or not name:
        raise UsageProblem(
            f"cannot read {slug!r}", why="Blocks are written TYPE/NAME, as in secret/database.", hint=_LS
        )
    with named("block", slug, lambda: _slugs(api), hint=_LS):
        operation = operations.READ_BLOCK_DOCUMENT_BY_NAME_FOR_BLOCK_TYPE
        found = api.ask(operation, slug=kind, block_document_name=name)
        return found


def _slugs(api: Client) -> list[str]:
    return [_slug(each) for each in api.pages(operations.READ_BLOCK_DOCUMENTS, limit=200, body={})]


def _read_type(api: Client, slug: str) -> BlockType:
    def slugs() -> list[str]:
        return [each.slug for each in api.pages(operations.READ_BLOCK_TYPES, limit=200, body={})]

    with named("type of blocks", slug, slugs, hint=_TYPES):
        found: BlockType = api.ask(operations.READ_BLOCK_TYPE_BY_SLUG, slug=slug)
        return found
