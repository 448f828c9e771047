"""``tidemill artifact``: what runs published for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.api.operations import artifacts as operations
from tidemill.cli.api import opened_api
from tidemill.cli.api_rows import named, row_of
from tidemill.cli.errors import NotFound, Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago
from tidemill.cli.output import Column, Output, output_options, shortened
from tidemill.cli.parameters import positional
from tidemill.cli.session import confirm
from tidemill.cli.wall_clock import now
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.api.client.client import Client

_LS: Final = "tidemill artifact ls"


@click.group(cls=CommandGroup)
def artifact() -> None:
    """Look at what runs published for people."""


@artifact.command()
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--all/--no-all", "-a", "every", default=False, help="All versions; unsaid, the latest of each key.")
@output_options
def ls(limit: int, every: bool, output: Output) -> None:
    """List artifacts, those changed last first."""
    operation = operations.READ_ARTIFACTS if every else operations.READ_LATEST_ARTIFACTS
    body = {"sort": "UPDATED_DESC"}
    with opened_api() as api:
        rows = [row_of(each) for each in api.pages(operation, limit=limit, body=body)]
    _show(rows, output, "No artifacts.")


@artifact.command()
@positional("key")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many versions.")
@output_options
def inspect(key: str, limit: int, output: Output) -> None:
    """Show the versions of a key, the newest first, with their data."""
    body = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"}
    with opened_api() as api:
        rows = [row_of(each) for each in api.pages(operations.READ_ARTIFACTS, limit=limit, body=body)]
        if not rows:
            raise _not_found(api, key)
    if output.asked is None and not output.fields:
        for row in rows:
            output.item(row, key="id")
            click.echo("", file=output.stream)
    else:
        _show(rows, output, "No artifacts.")


@artifact.command()
@positional("key", required=False)
@click.option("--id", "artifact_id", metavar="ID", help="One version, by its id.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(key: str | None, artifact_id: str | None, yes: bool) -> None:
    """Delete all versions of a key, or one by its id."""
    if (key is None) == (artifact_id is None):
        raise UsageProblem("give either a KEY or --id", hint="tidemill artifact delete --help")
    with opened_api() as api:
        ids = [artifact_id] if artifact_id is not None else _ids(api, str(key))
        what = f"artifact {artifact_id}" if key is None else f"every version of {key!r} ({len(ids)})"
        if not confirm(f"Delete {what}?", yes=yes):
            raise Problem("nothing was deleted")
        for each in ids:
            with named("artifact", str(each), hint=_LS):
                api.ask(operations.DELETE_ARTIFACT, id=each)
    click.echo(f"Deleted {what}.")


def _ids(api: Client, key: str) -> list[str]:
    body = {"artifacts": {"key": {"any_": [key]}}}
    ids = [each.id for each in api.pages(operations.READ_ARTIFACTS, limit=None, body=body)]
    if not ids:
        raise _not_found(api, key)
    return ids


def _not_found(api: Client, key: str) -> NotFound:
    keys = [each.key for each in api.pages(operations.READ_LATEST_ARTIFACTS, limit=200, body={})]
    return NotFound(f"no artifact has the key {key!r}{did_you_mean(key, keys)}", hint=_LS)


def _show(rows: list[dict[str, Any]], output: Output, empty: str) -> None:
    moment = now()
    columns = [
        Column("id", title="ID", show=shortened(row["id"] for row in rows)) if output.for_people else Column("id"),
        Column("key"),
        Column("type"),
        Column("updated", show=lambda value: ago(value, moment)),
        Column("description", wide=True),
        Column("flow_run_id", wide=True),
    ]
    output.rows(rows, columns, key="key", empty=empty)
