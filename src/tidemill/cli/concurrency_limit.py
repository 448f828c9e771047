"""``tidemill concurrency-limit``: how many task runs with a tag may be running at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from tidemill.api.operations import concurrency_limits as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import named, row_of
from tidemill.cli.errors import Problem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, local
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional, whole_number
from tidemill.cli.session import confirm
from tidemill.cli.wall_clock import now

if TYPE_CHECKING:
    from tidemill.api.client.client import Client
    from tidemill.wire.concurrency_limits import ConcurrencyLimit

_LS: Final = "tidemill concurrency-limit ls"


@click.group(cls=CommandGroup)
def concurrency_limit() -> None:
    """Limit how many task runs with a tag may be running at once."""


@concurrency_limit.command()
@positional("tag")
@positional("concurrency_limit", metavar="LIMIT")
def create(tag: str, concurrency_limit: str) -> None:
    """Limit a tag; one that has a limit already gets this one."""
    limit = whole_number(concurrency_limit, "LIMIT")
    check_new_name(tag, "tag")
    with opened_api() as api:
        api.ask(operations.CREATE_CONCURRENCY_LIMIT, body={"tag": tag, "concurrency_limit": limit})
    click.echo(f"Tag {tag!r} is limited to {limit} from now on.")


@concurrency_limit.command()
@click.option("--limit", type=click.IntRange(min=1), default=15, show_default=True, help="At most so many.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Pass over so many.")
@output_options
def ls(limit: int, offset: int, output: Output) -> None:
    """List limited tags."""
    with opened_api() as api:
        found = api.pages(operations.READ_CONCURRENCY_LIMITS, limit=limit, body={"offset": offset})
        rows = [row_of(each) for each in found]
    moment = now()
    columns = [
        Column("id", title="ID", wide=True),
        Column("tag"),
        Column("concurrency_limit", title="Limit"),
        Column("active_slots", show=lambda holders: str(len(holders))),
        Column("created", show=lambda value: ago(value, moment), wide=True),
        Column("updated", show=lambda value: ago(value, moment)),
    ]
    empty = "No tag is limited. Limit one with: tidemill concurrency-limit create TAG LIMIT"
    output.rows(rows, columns, key="tag", empty=empty)


@concurrency_limit.command()
@positional("tag")
@output_options
def inspect(tag: str, output: Output) -> None:
    """Show a tag's limit, and which task runs have its slots."""
    with opened_api() as api:
        output.item(row_of(_read(api, tag)), key="tag", show={"created": local, "updated": local})


@concurrency_limit.command()
@positional("tag")
def reset(tag: str) -> None:
    """Take the slots of a tag away from whoever has them."""
    with opened_api() as api:
        _read(api, tag)
        api.ask(operations.RESET_CONCURRENCY_LIMIT_BY_TAG, tag=tag)
    click.echo(f"All slots of tag {tag!r} are free.")


@concurrency_limit.command()
@positional("tag")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(tag: str, yes: bool) -> None:
    """Delete a tag's limit; who waits for it goes on."""
    with opened_api() as api:
        _read(api, tag)
        if not confirm(f"Delete the limit of tag {tag!r}?", yes=yes):
            raise Problem("nothing was deleted")
        api.ask(operations.DELETE_CONCURRENCY_LIMIT_BY_TAG, tag=tag)
    click.echo(f"Tag {tag!r} has no limit any more.")


def _read(api: Client, tag: str) -> ConcurrencyLimit:
    def tags() -> list[str]:
        return [each.tag for each in api.pages(operations.READ_CONCURRENCY_LIMITS, limit=200, body={})]

    with named("limit of tag", tag, tags, hint=_LS):
        found: ConcurrencyLimit = api.ask(operations.READ_CONCURRENCY_LIMIT_BY_TAG, tag=tag)
        return found
