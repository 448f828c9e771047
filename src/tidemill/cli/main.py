"""The root command: ``tidemill``."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill._version import __version__
from tidemill.cli.commands import COMMANDS
from tidemill.cli.errors import report
from tidemill.cli.lazy import LazyGroup
from tidemill.cli.session import Session
from tidemill.cli.streams import prepare_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_REWRITTEN: Final = {"-jv": "--job-variable", "-cl": "--concurrency-limit"}


class RootGroup(LazyGroup):
    """The whole command line: what goes wrong anywhere in it is told here."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line. Standalone, the process ends with an exit code, which a command may return."""
        arguments = rewritten(sys.argv[1:] if args is None else args)

        def run() -> Any:
            return super(RootGroup, self).main(arguments, prog_name or "tidemill", complete_var, False, **extra)

        if not standalone_mode:
            return run()
        warnings.showwarning = _telling(warnings.showwarning)
        prepare_streams()
        try:
            result = run()
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - told, and turned into an exit code
            sys.exit(report(error, arguments))
        sys.exit(result if isinstance(result, int) else 0)


def rewritten(arguments: Sequence[str]) -> list[str]:
    """Two-letter short flags as the long ones they stand for, up to ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*(_REWRITTEN.get(word, word) for word in arguments[:end]), *arguments[end:]]


def _telling(otherwise: Callable[..., None]) -> Callable[..., None]:
    """What shows a warning of ours as a remark, without a file and a line of tidemill's own."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__name__ == "UnknownSettingWarning":  # by name: its module need not be loaded for --help
            click.echo(f"Warning: {message}", err=True)
        else:
            otherwise(message, category, *where, **more)

    return show


@click.group(
    cls=RootGroup,
    entries=COMMANDS,
    epilog="Every command explains itself with --help; those that list or show take -o json.",
)
@click.option("--profile", "-p", metavar="NAME", help="Use this profile, before the environment's settings.")
@click.option("--prompt/--no-prompt", default=None, help="Ask questions, or never; unsaid, only on a terminal.")
@click.option("--debug", is_flag=True, help="Show a traceback where a command fails.")
@click.version_option(__version__, "--version", "-v", message="%(version)s")
@click.pass_context
def tidemill(context: click.Context, profile: str | None, prompt: bool | None, debug: bool) -> None:
    """Plain functions become durable, observable flows."""
    del debug  # read where the failure is told, which may be before this is called
    context.obj = Session(profile, prompt)
    if profile is not None:
        from tidemill.settings.context import choose_profile  # noqa: PLC0415 - most command lines name none

        choose_profile(profile)


def main() -> None:
    """The ``tidemill`` program."""
    tidemill()
