"""``tidemill task-run``: what the tasks of flows did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.finding import flow_run_of, task_run_of
from tidemill.cli.flow_run_inspect import refuse_web
from tidemill.cli.home import opened_home
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import local, now_from, span
from tidemill.cli.nothing_found import tell_of_unknown_states
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import none_of, positional
from tidemill.cli.run_logs import task_run_logs
from tidemill.cli.run_rows import run_row, state_conditions, state_rows, task_run_columns
from tidemill.cli.run_states import tell_states
from tidemill.domain.runs import Order, any_of

if TYPE_CHECKING:
    from collections.abc import Callable

_ALWAYS = ("id", "name", "state_name", "start_time", "end_time", "estimated_run_time", "run_count")
_SHOWN = (
    "id", "name", "task_key", "flow_run_id", "child_flow_run_id", "state_name", "start_time", "end_time",
    "estimated_run_time", "run_count", "tags", "task_inputs", "task_version",
)  # fmt: skip
_SHOWS: Final[dict[str, Callable[[Any], str]]] = {"start_time": local, "end_time": local, "estimated_run_time": span}


@click.group(cls=CommandGroup)
def task_run() -> None:
    """List and inspect task runs, and read their logs."""


@task_run.command()
@click.option("--task-run-name", multiple=True, metavar="NAME", help="Only those of that name.")
@none_of("task-run-name")
@click.option("--flow-run", "flow_run", metavar="RUN", help="Only those of that flow run.")
@click.option(
    "--limit", type=click.IntRange(min=-1), default=15, show_default=True, help="At most so many; -1 shows all."
)
@click.option("--state", multiple=True, metavar="NAME", help="Only those in a state of that name.")
@none_of("state")
@click.option("--state-type", multiple=True, metavar="TYPE", help="Only those in a state of that type.")
@none_of("state-type")
@output_options
def ls(
    task_run_name: tuple[str, ...],
    flow_run: str | None,
    limit: int,
    state: tuple[str, ...],
    state_type: tuple[str, ...],
    output: Output,
) -> None:
    """List task runs, the newest first."""
    conditions = state_conditions(state, state_type)
    if task_run_name:
        conditions.append(any_of("name", *task_run_name))
    with opened_home() as home:
        if flow_run is not None:
            conditions.append(any_of("flow_run_id", flow_run_of(home, flow_run).id))
        runs = home.store.find_task_runs(conditions, order=Order("position", descending=True), limit=limit)
        now = now_from(home.clock.now_us())
    rows = [run_row(run, now) for run in runs]
    output.rows(rows, task_run_columns(rows, now, output), key="id", empty="No task runs.")
    if not rows:
        tell_of_unknown_states(state)


@task_run.command()
@positional("id", metavar="RUN")
@click.option("--web/--no-web", default=False, help="Open the run's page in a browser.")
@output_options
def inspect(id: str, web: bool, output: Output) -> None:  # noqa: A002 - the contract's name
    """Show everything about a task run."""
    with opened_home() as home:
        run = task_run_of(home, id)
        row = run_row(run, now_from(home.clock.now_us()))
        states = home.store.task_run_states(run.id)
    row["states"] = state_rows(states)
    if web:
        refuse_web()
    if output.asked in {None, "table", "wide"} and not output.fields:
        shown = {name: row[name] for name in _SHOWN if row[name] not in (None, {}, []) or name in _ALWAYS}
        Output("wide", (), output.stream).item(shown, show=_SHOWS)
        tell_states(states, output)
    else:
        output.item(row, key="id")


task_run.add_command(task_run_logs, "logs")
