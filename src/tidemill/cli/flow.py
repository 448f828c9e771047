"""``tidemill flow``: the flows that have run."""

from __future__ import annotations

import click

from tidemill.cli.home import opened_home
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, now_from
from tidemill.cli.output import Column, Output, output_options, shortened


@click.group(cls=CommandGroup)
def flow() -> None:
    """List the flows that have run."""


@flow.command()
@click.option(
    "--limit", type=click.IntRange(min=-1), default=15, show_default=True, help="At most so many; -1 shows all."
)
@output_options
def ls(limit: int, output: Output) -> None:
    """List flows by name."""
    with opened_home() as home:
        flows = home.store.flows(limit=limit)
        now = now_from(home.clock.now_us())
    rows = [{name: getattr(each, name) for name in each.__struct_fields__} for each in flows]
    ids = shortened(row["id"] for row in rows)
    columns = [
        Column("id", title="ID") if output.format == "plain" else Column("id", title="ID", show=ids),
        Column("name"),
        Column("created", show=lambda moment: ago(moment, now)),
        Column("tags", wide=True),
    ]
    output.rows(rows, columns, key="name", empty="No flow has run yet. Run one with: tidemill run FILE:FLOW")
