"""The states that a run went through, as people read them: one line each, and what a message adds below it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from tidemill.cli.colour import styled
from tidemill.cli.moments import local
from tidemill.cli.plain_text import indented
from tidemill.cli.run_rows import style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidemill.cli.output import Output
    from tidemill.domain.runs import RunState

_MOMENT: Final = len("2026-11-21 16:08:29")
_NAME: Final = len("TimedOut    ")


def tell_states(states: Sequence[RunState], output: Output) -> None:
    """The states from the first to the present one."""
    stream = output.stream or sys.stdout
    click.echo("States:", file=output.stream)
    below = " " * (2 + _MOMENT + 2 + _NAME + 2)
    for state in states:
        name = f"{state.name:<{_NAME}}"
        style = style_of(state.name)
        coloured = styled(name, style, stream) if style else name
        line = f"  {local(state.timestamp)}  {coloured}  {indented(state.message or '', below).lstrip()}"
        click.echo(line.rstrip(), file=output.stream)
