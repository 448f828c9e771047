"""``tidemill flow-run cancel``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from tidemill.cli.errors import Problem
from tidemill.cli.finding import flow_run_of, typed
from tidemill.cli.home import opened_home
from tidemill.cli.parameters import positional
from tidemill.domain.states import IllegalTransitionError, StateType

if TYPE_CHECKING:
    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun

#: States of a run that somebody is at: a process of ours that holds it, or one that reports over the API.
_UNDER_WAY: Final = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING})


@click.command()
@positional("id", metavar="RUN")
def cancel(id: str) -> None:  # noqa: A002 - the contract's name
    """Ask a flow run to end as Cancelled, in whichever process it is.

    That process sees it within a few seconds. A run that no process is at is Cancelled at once.
    """
    with opened_home() as home:
        run = flow_run_of(home, typed(id))
        by_a_client = run.holder is None and run.state_type in _UNDER_WAY
        goal = _asked_over_the_api(home, run) if by_a_client else _asked(home, run)
    if goal is StateType.CANCELLED:
        click.echo(f"Flow run {run.name!r} ({run.id}) is Cancelled.")
        return
    click.echo(f"Flow run {run.name!r} ({run.id}) is asked to end.")
    click.echo(f"Next: tidemill flow-run watch {run.id}")


def _asked(home: Home, run: FlowRun) -> StateType | None:
    try:
        return home.store.cancel_flow_run(run.id, home.clock.now_us()).state_type
    except IllegalTransitionError as error:
        raise Problem(str(error), hint=f"tidemill flow-run inspect {run.id}") from error


def _asked_over_the_api(home: Home, run: FlowRun) -> StateType | None:
    """Ask by a state, as the worker or client that is at it expects: nobody here knows whether it lives."""
    if run.state_type is StateType.CANCELLING:
        return StateType.CANCELLING
    from tidemill.api.operations.flow_runs import SET_FLOW_RUN_STATE  # noqa: PLC0415 - runs of clients over REST
    from tidemill.cli.api import api_of  # noqa: PLC0415 - as above

    state = {"type": "CANCELLING", "message": "Somebody asked for the run to be cancelled."}
    with api_of(home) as api:
        answer = api.ask(SET_FLOW_RUN_STATE, body={"state": state}, id=run.id)
    if answer.state is None:
        raise Problem(
            f"flow run {run.name!r} cannot be cancelled now: {answer.details.reason}",
            hint=f"tidemill flow-run inspect {run.id}",
        )
    return StateType(answer.state.type)
