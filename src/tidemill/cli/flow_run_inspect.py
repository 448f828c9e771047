"""``tidemill flow-run inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.finding import flow_run_of
from tidemill.cli.home import opened_home
from tidemill.cli.moments import local, now_from, span
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.run_rows import run_row, state_rows
from tidemill.cli.run_states import tell_states
from tidemill.domain.runs import any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidemill.domain.runs import RunState
    from tidemill.domain.states import StateType

_SHOWN = (
    "id", "name", "flow_name", "state_name", "expected_start_time", "start_time", "end_time", "estimated_run_time",
    "run_count", "parameters", "tags", "flow_version", "root_flow_run_id", "entrypoint",
)  # fmt: skip
_SHOWS: Final[dict[str, Callable[[Any], str]]] = {
    "expected_start_time": local,
    "start_time": local,
    "end_time": local,
    "estimated_run_time": span,
}


@click.command()
@positional("id", metavar="RUN")
@click.option("--web/--no-web", default=False, help="Open the run's page in a browser.")
@output_options
def inspect(id: str, web: bool, output: Output) -> None:  # noqa: A002 - the contract's name
    """Show everything about a flow run."""
    with opened_home() as home:
        run = flow_run_of(home, id)
        states = home.store.flow_run_states(run.id)
        tasks = home.store.count_task_runs([any_of("flow_run_id", run.id)])
        row = run_row(run, now_from(home.clock.now_us()))
    row["states"] = state_rows(states)
    row["task_run_counts"] = {kind.value: count for kind, count in tasks.items()}
    if web:
        refuse_web()
    if output.asked in {None, "table", "wide"} and not output.fields:
        _tell(row, states, tasks, output)
    else:
        output.item(row, key="id")


def refuse_web() -> None:
    """There are pages once there is a user interface."""
    click.echo("A run has no page to open yet: tidemill has no user interface.", err=True)


def _tell(row: Mapping[str, Any], states: list[RunState], tasks: Mapping[StateType, int], output: Output) -> None:
    shown = {name: row[name] for name in _SHOWN}
    if row["root_flow_run_id"] == row["id"]:
        del shown["root_flow_run_id"]
    if tasks:
        shown["task_runs"] = ", ".join(f"{count} {kind.value.lower()}" for kind, count in sorted(tasks.items()))
    Output("wide", (), output.stream).item(shown, show=_SHOWS)
    tell_states(states, output)
