"""Command lines that nobody would type: they end with an exit code of ours, and never as if tidemill were broken."""

from __future__ import annotations

import os
import random
from functools import cache
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from tests.faults import nasty
from tidemill.cli.main import tidemill
from tidemill.settings.context import forget_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: What goes on for ever, starts a program or writes where it was told to is another test's.
NOT_TYPED = frozenset(
    {"watch", "stream", "server", "worker", "serve", "run", "execute", "edit", "--follow", "-f", "--watch", "-w"}
)
CODES = frozenset({0, 1, 2, 3, 4, 5})


@cache
def commands() -> list[tuple[list[str], list[str]]]:
    """Every command by its words, and its options."""
    found: list[tuple[list[str], list[str]]] = []

    def collect(group: click.Group, above: list[str]) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                collect(command, [*above, name])
            elif command is not None and not NOT_TYPED & {*above, name}:
                options = [flag for each in command.params for flag in each.opts if flag.startswith("-")]
                found.append(([*above, name], options))

    collect(tidemill, [])
    return found


def typed(text: str) -> str:
    """The text as a process gets it from its command line: bytes that are no UTF-8 stand in it as surrogates."""
    return text.replace("\x00", "").encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def complaints(seed: int, folder: Path) -> Iterator[str]:
    chance = random.Random(seed)
    words, options = chance.choice(commands())
    line = [*words]
    for _ in range(chance.randint(0, 4)):
        kind = chance.randrange(4)
        if kind == 0 and options:
            line.append(chance.choice(options))
        elif kind == 1:
            line.append(
                chance.choice(["-o", "json", "--help", "--limit", "-1", "99999999999999999999", "a=b", "=", "@"])
            )
        else:
            line.append(typed(nasty.text(chance).replace("/", "_")))
    if NOT_TYPED & set(line):
        return
    os.environ["TIDEMILL_HOME"] = str(folder / "home")
    forget_settings()
    try:
        told = CliRunner().invoke(tidemill, line, input="n\n")
    finally:
        del os.environ["TIDEMILL_HOME"]
        forget_settings()
    if told.exit_code not in CODES:
        yield f"{line!r} ended with {told.exit_code}"
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        yield f"{line!r} raised {told.exception!r}"
    if "Traceback (most recent" in told.output:
        yield f"{line!r} showed a traceback: {told.output.strip().splitlines()[-1]}"
    if "This is a bug in tidemill" in told.output:
        yield f"{line!r} was not foreseen: {told.output.strip().splitlines()[0]}"
