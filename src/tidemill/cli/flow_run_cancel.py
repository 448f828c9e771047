"""``tidemill flow-run cancel``."""

from __future__ import annotations

import click

from tidemill.cli.errors import Problem
from tidemill.cli.finding import flow_run_of, typed
from tidemill.cli.home import opened_home
from tidemill.cli.parameters import positional
from tidemill.domain.states import IllegalTransitionError, StateType


@click.command()
@positional("id", metavar="RUN")
def cancel(id: str) -> None:  # noqa: A002 - the contract's name
    """Ask a flow run to end as Cancelled, in whichever process it is.

    That process sees it within a few seconds. A run that no process is at is Cancelled at once.
    """
    with opened_home() as home:
        run = flow_run_of(home, typed(id))
        try:
            after = home.store.cancel_flow_run(run.id, home.clock.now_us())
        except IllegalTransitionError as error:
            raise Problem(str(error), hint=f"tidemill flow-run inspect {run.id}") from error
    if after.state_type is StateType.CANCELLED:
        click.echo(f"Flow run {run.name!r} ({run.id}) is Cancelled.")
        return
    click.echo(f"Flow run {run.name!r} ({run.id}) is asked to end.")
    click.echo(f"Next: tidemill flow-run watch {run.id}")
