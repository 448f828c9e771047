"""Groups of commands that are loaded when they are called, and that help with mistyped names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tidemill.cli.errors import ExitCode, UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


class Entry(NamedTuple):
    """A command that is not loaded yet: ``home`` is ``"module:attribute"``."""

    name: str
    home: str
    summary: str
    also: tuple[str, ...] = ()

    def load(self) -> click.Command:
        """Import the module and take the command out of it."""
        from importlib import import_module  # noqa: PLC0415 - the point of this class

        module, attribute = self.home.split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class CommandGroup(click.Group):
    """A group whose commands may have second names. ``-h`` works everywhere below it."""

    command_class = CommandWithExamples

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*args, **attributes)
        self.second_names: dict[str, str] = {}

    def add_command(self, cmd: click.Command, name: str | None = None, also: Iterable[str] = ()) -> None:
        """Add a command; ``also`` are second names, not shown in the help."""
        super().add_command(cmd, name)
        self.second_names.update(dict.fromkeys(also, name or cmd.name or ""))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name or second name."""
        return super().get_command(ctx, self.second_names.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which was probably meant."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None:
            return command.name, command, args[1:]
        if name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        known = {*self.list_commands(ctx), *self.second_names}
        raise UsageProblem(
            f"unknown command '{ctx.command_path} {name}'{did_you_mean(name, known)}",
            hint=f"{ctx.command_path} --help",
            code=ExitCode.USAGE,
        )


CommandGroup.group_class = CommandGroup


class LazyGroup(CommandGroup):
    """A group that knows its commands from a table, and imports the one that is called."""

    def __init__(self, *args: Any, entries: Iterable[Entry] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.entries = {entry.name: entry for entry in entries}
        self.second_names.update({name: entry.name for entry in self.entries.values() for name in entry.also})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*self.entries, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        entry = self.entries.get(self.second_names.get(cmd_name, cmd_name))
        return entry.load() if entry is not None else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in sorted(self.entries.items())])
