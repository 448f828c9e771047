"""How a run ended: told with what to do next, and as an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidemill.cli.colour import styled
from tidemill.cli.errors import ExitCode
from tidemill.cli.moments import now_from, span
from tidemill.cli.next_step import next_command
from tidemill.cli.plain_text import indented
from tidemill.cli.run_rows import is_over, run_row, style_of, took
from tidemill.domain.states import StateType

if TYPE_CHECKING:
    from tidemill.api.embedded import Home
    from tidemill.cli.output import Output
    from tidemill.domain.runs import FlowRun


def tell_ending(home: Home, run: FlowRun, output: Output) -> int:
    """Say how the run stands, and what to try next; gives the exit code."""
    now = now_from(home.clock.now_us())
    if output.asked is not None or output.fields:
        output.item(run_row(run, now), key="id")
        return exit_code_of(run)
    stream = output.stream or sys.stdout
    state = run.state_name or "unknown"
    style = style_of(run.state_name)
    shown = styled(state, style, stream) if style else state
    seconds = took(run, now)
    time = f" {'in' if is_over(run) else 'for'} {span(seconds)}" if seconds is not None else ""
    click.echo(f"Flow run {run.name!r} ({run.id}) is {shown}{time}", file=output.stream)
    if run.state_type is not StateType.COMPLETED and run.state is not None and run.state.message:
        click.echo(indented(run.state.message), file=output.stream)
    click.echo(f"Next: {next_command(run)}", file=output.stream)
    return exit_code_of(run)


def exit_code_of(run: FlowRun) -> int:
    """0 for a run that completed."""
    return ExitCode.OK if run.state_type is StateType.COMPLETED else ExitCode.FAILED
