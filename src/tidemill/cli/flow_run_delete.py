"""``tidemill flow-run delete``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.finding import flow_run_of, typed
from tidemill.cli.home import opened_home
from tidemill.cli.parameters import positional
from tidemill.cli.run_rows import is_over
from tidemill.cli.session import current_session

if TYPE_CHECKING:
    from tidemill.domain.runs import FlowRun


@click.command()
@positional("id", metavar="RUN")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def delete(id: str, yes: bool) -> None:  # noqa: A002 - the contract's name
    """Delete a flow run with all that belongs to it: subflow runs, task runs and logs.

    On a terminal the run's name has to be typed. A script gives the whole id, or --yes.
    """
    handle = typed(id)
    with opened_home() as home:
        run = flow_run_of(home, handle)
        if not yes:
            _ask(run, handle)
        home.store.delete_flow_run(run.id)
    click.echo(f"Deleted flow run {run.name!r} ({run.id}).")
    if not is_over(run):
        click.echo(f"It was {run.state_name}. A process that is at it goes on, and is no longer recorded.", err=True)


def _ask(run: FlowRun, handle: str) -> None:
    if not current_session().may_ask:
        if handle != run.id:
            raise UsageProblem(
                f"{handle!r} is flow run {run.name!r}, but nobody is there to confirm that it is meant",
                hint=f"tidemill flow-run delete {run.id}, or the same command with --yes",
            )
        return
    warning = "" if is_over(run) else f" It is {run.state_name} at this moment."
    click.echo(f"Flow run {run.name!r} of flow {run.flow_name!r} will be gone with all its logs.{warning}", err=True)
    if click.prompt("Type its name to delete it", err=True).strip() != run.name:
        raise Problem("nothing was deleted: that is not the run's name")
