"""Tables on a terminal. The one module that imports rich."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tidemill.cli.colour import wants_colour
from tidemill.cli.preferences import preferences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import IO

    from tidemill.cli.output import Column

_ENDLESS: Final = 1_000_000


def draw(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], stream: IO[str], *, wide: bool = False) -> None:
    """Draw the rows without boxes, so that what is copied is clean. Wide, no cell is folded to fit the screen."""
    colour = wants_colour(stream)
    wanted = preferences()
    wide = wide or (wanted is not None and not wanted.wrap_lines)
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.heading, overflow="fold", no_wrap=False)
    for row in rows:
        table.add_row(*(_cell(row.get(column.key), column) for column in columns))
    console = Console(
        file=stream, color_system="auto" if colour else None, force_terminal=colour or None, highlight=False
    )
    if wide:
        console.width = max(
            console.width, console.measure(table, options=console.options.update(width=_ENDLESS)).maximum
        )
    console.print(table, crop=not wide, soft_wrap=wide)


def _cell(value: Any, column: Column) -> Text:
    return Text(column.show(value), style=column.style(value) if column.style is not None else "")
