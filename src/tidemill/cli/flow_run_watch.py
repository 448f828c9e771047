"""``tidemill flow-run watch``: a run of any process of this home, as it goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tidemill.cli.errors import Problem
from tidemill.cli.finding import flow_run_of
from tidemill.cli.following import TICKING, about, until_over
from tidemill.cli.home import opened_home
from tidemill.cli.log_lines import LogLines
from tidemill.cli.moments import local
from tidemill.cli.output import Output, output_options
from tidemill.cli.parameters import positional
from tidemill.cli.run_ending import tell_ending
from tidemill.cli.run_rows import is_over
from tidemill.cli.tree import branches
from tidemill.domain.runs import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun, Log


@click.command()
@positional("id", metavar="RUN")
@click.option("--timeout", type=click.FloatRange(min=0), help="Give up after so many seconds; unsaid, never.")
@output_options
def watch(id: str, timeout: float | None, output: Output) -> int:  # noqa: A002 - the contract's name
    """Follow a flow run until it ends. The exit code is 0 if it completed, else 1."""
    with opened_home() as home:
        run = flow_run_of(home, id)
        follow = _drawing if output.for_people else _printing
        try:
            for latest in follow(home, run, timeout, output):
                run = latest
        except TimeoutError:
            raise Problem(
                f"flow run {run.name!r} is still {run.state_name} after {timeout:g} s",
                hint=f"tidemill flow-run logs {run.id} --tail",
            ) from None
        return tell_ending(home, run, output)


def _drawing(home: Home, run: FlowRun, timeout: float | None, output: Output) -> Iterator[FlowRun]:
    """The tree of tasks, and above it what is logged from now on."""
    from tidemill.cli.live import console_for, drawn, live  # noqa: PLC0415 - brings rich, for terminals only

    console = console_for(output.stream or sys.stdout)
    lines = _NewLines(home, run.id)
    lines.skip()
    with live(console) as screen:
        # It shows how long the run has gone on, and what is below its subflows, of which its stream says nothing.
        for latest in _latest(home, run, timeout, quiet=TICKING):
            for line in lines.texts():
                console.print(line, markup=False, soft_wrap=True)
            found = branches(home.store.tallies(run.id), run.flow_name)
            screen.update(drawn(home, latest, found), refresh=True)
            yield latest


def _printing(home: Home, run: FlowRun, timeout: float | None, output: Output) -> Iterator[FlowRun]:
    """A line for each state, and what is logged. With ``-o json`` only the end is told."""
    lines = _NewLines(home, run.id)
    shown: str | None = None
    for latest in _latest(home, run, timeout):
        if output.asked is None and not output.fields:
            changed = latest.state_id != shown and latest.state is not None
            if changed and not is_over(latest):
                _tell_state(latest, output)
            for line in lines.texts():
                click.echo(line, file=output.stream)
            if changed and is_over(latest):  # the end comes after what was logged before it
                _tell_state(latest, output)
            shown = latest.state_id
        yield latest


def _latest(home: Home, run: FlowRun, timeout: float | None, **how: float) -> Iterator[FlowRun]:
    return until_over(home, lambda: home.store.read_flow_run(run.id), about(run.id), timeout=timeout, **how)


def _tell_state(run: FlowRun, output: Output) -> None:
    assert run.state is not None
    click.echo(f"{local(run.state.timestamp)} {run.state_name}", file=output.stream)


class _NewLines:
    """What a flow run and its tasks have logged since the last time somebody asked."""

    def __init__(self, home: Home, flow_run_id: str) -> None:
        self._store = home.store
        self._whose = [any_of("flow_run_id", flow_run_id)]
        self._lines = LogLines(home)
        self._position = 0

    def skip(self) -> None:
        """Leave out what was logged so far."""
        self._remember(self._store.read_logs(self._whose, limit=1, newest_first=True))

    def texts(self) -> Iterator[str]:
        """The new lines."""
        found = self._store.read_logs(self._whose, after=self._position, limit=-1)
        self._remember(found)
        return self._lines.of(found)

    def _remember(self, lines: list[Log]) -> None:
        self._position = max((line.position for line in lines), default=self._position)
