"""``tidemill flow-run ls``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.home import opened_home
from tidemill.cli.moments import now_from
from tidemill.cli.nothing_found import tell_of_unknown_flows, tell_of_unknown_states
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import none_of
from tidemill.cli.run_rows import flow_run_columns, run_row, state_conditions
from tidemill.domain.runs import any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import Condition, FlowRun

_EMPTY = "No flow runs."


@click.command(cls=CommandWithExamples)
@click.option("--flow-name", multiple=True, metavar="NAME", help="Only runs of that flow.")
@none_of("flow-name")
@click.option(
    "--limit", type=click.IntRange(min=-1), default=15, show_default=True, help="At most so many; -1 shows all."
)
@click.option("--state", multiple=True, metavar="NAME", help="Only runs in a state of that name.")
@none_of("state")
@click.option("--state-type", multiple=True, metavar="TYPE", help="Only runs in a state of that type.")
@none_of("state-type")
@click.option("--watch", "-w", is_flag=True, help="Go on showing them as they change, until Ctrl-C.")
@output_options
def ls(
    flow_name: tuple[str, ...],
    limit: int,
    state: tuple[str, ...],
    state_type: tuple[str, ...],
    watch: bool,
    output: Output,
) -> None:
    """List flow runs, the newest first."""
    conditions = state_conditions(state, state_type)
    if flow_name:
        conditions.append(any_of("flow_name", *flow_name))
    with opened_home() as home:
        if watch:
            _watch(home, conditions, limit, output)
        else:
            runs = home.store.find_flow_runs(conditions, limit=limit)
            _show(home, runs, output)
            if not runs:
                tell_of_unknown_flows(home, flow_name)
                tell_of_unknown_states(state)


def _show(home: Home, runs: Sequence[FlowRun], output: Output) -> None:
    now = now_from(home.clock.now_us())
    rows = [run_row(run, now) for run in runs]
    output.rows(rows, flow_run_columns(rows, now, output), key="id", empty=_EMPTY)


def _watch(home: Home, conditions: Sequence[Condition], limit: int, output: Output) -> None:
    from tidemill.cli.following import changes  # noqa: PLC0415 - only who watches waits

    def find() -> list[FlowRun]:
        return home.store.find_flow_runs(conditions, limit=limit)

    if output.for_people:
        from tidemill.cli.live import redrawn  # noqa: PLC0415 - brings rich

        redrawn(home, find, lambda found, screen: _show(home, found, screen), output)
    for changed in changes(home, find):
        _show(home, changed, output)
