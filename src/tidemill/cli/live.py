"""What moves on a terminal: the tree of a run's tasks with counts and bars, and tables that are drawn again."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tidemill.cli.colour import wants_colour
from tidemill.cli.following import TICKING, found_anew
from tidemill.cli.moments import now_from, span
from tidemill.cli.output import Output
from tidemill.cli.plain_text import harmless
from tidemill.cli.run_rows import STYLES, style_of, took
from tidemill.domain.states import TERMINAL_STATES, StateType

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, NoReturn

    from rich.console import RenderableType

    from tidemill.api.embedded import Home
    from tidemill.cli.tree import Branch
    from tidemill.domain.runs import FlowRun

T = TypeVar("T")
_BAR_WIDTH: Final = 24
_FINE: Final = frozenset({StateType.COMPLETED})


def console_for(stream: IO[str]) -> Console:
    """A console that obeys what was said about colours."""
    colour = wants_colour(stream)
    return _Screen(file=stream, no_color=not colour, highlight=False)


class _Screen(Console):
    """Lines that are printed meanwhile are not broken at the edge of the screen: who copies one gets it whole."""

    def print(self, *objects: Any, **how: Any) -> None:
        if objects and all(isinstance(each, Text) for each in objects):
            how.setdefault("soft_wrap", True)
        super().print(*objects, **how)


def live(console: Console) -> Live:
    """A part of the screen that is drawn when it changes; lines printed meanwhile appear above it."""
    return Live(console=console, auto_refresh=False, vertical_overflow="ellipsis")


def drawn(home: Home, run: FlowRun, branches: list[Branch]) -> RenderableType:
    """The run and what it consists of."""
    head = Text.assemble(
        (harmless(run.name), "bold"),
        f"  {harmless(run.flow_name)}  ",
        (run.state_name or "", style_of(run.state_name)),
        f"  {span(took(run, now_from(home.clock.now_us())))}",
    )
    table = Table.grid(padding=(0, 2))
    for branch in branches:
        done = sum(count for kind, count in branch.counts.items() if kind in TERMINAL_STATES)
        bar = ProgressBar(total=branch.total, completed=done, width=_BAR_WIDTH)
        name = Text(f"{'  ' * branch.depth}{harmless(branch.name)}", style="bold" if branch.is_flow else "")
        table.add_row(name, bar, Text(f"{done}/{branch.total}", justify="right"), _others(branch))
    return Group(head, table)


def _others(branch: Branch) -> Text:
    """What is not simply done: how many run, failed, wait."""
    parts = [
        Text(f"{count} {kind.value.lower()}", style=STYLES[kind])
        for kind, count in sorted(branch.counts.items())
        if kind not in _FINE
    ]
    return Text(", ").join(parts)


def redrawn(home: Home, find: Callable[[], T], show: Callable[[T, Output], None], output: Output) -> NoReturn:
    """Draw what is found again and again, in place, until somebody presses Ctrl-C."""
    stream = output.stream or sys.stdout
    with live(console_for(stream)) as screen:
        for found in found_anew(home, find, quiet=TICKING):
            page = _Page(stream)
            show(found, Output(output.asked or "table", output.fields, page))
            screen.update(Text.from_ansi(page.getvalue().rstrip("\n")), refresh=True)
    raise AssertionError  # it never ends


class _Page(io.StringIO):
    """Takes what is meant for a terminal, as wide and as colourful."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream

    def isatty(self) -> bool:
        return self._stream.isatty()
