"""``tidemill server database``: the schema of the database that a server here serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.output import Output, output_options
from tidemill.cli.session import current_session

if TYPE_CHECKING:
    from tidemill.settings import Settings


@click.group(cls=CommandGroup)
def database() -> None:
    """Look after the server's database: its schema is made by numbered steps of plain SQL."""


@database.command()
@output_options
def status(output: Output) -> None:
    """Show which steps the database took, and which it lacks."""
    from tidemill.server.database import shown_address  # noqa: PLC0415 - not for --help
    from tidemill.server.schema import version  # noqa: PLC0415 - as above
    from tidemill.store.migrations import CURRENT, STEPS  # noqa: PLC0415 - as above

    settings = _settings()
    now = version(settings)
    told: dict[str, Any] = {
        "database": shown_address(settings),
        "version": now,
        "newest": CURRENT,
        "up_to_date": now == CURRENT,
        "missing": list(STEPS[now:]),
    }
    output.item(told, key="version")
    if now != CURRENT and output.for_people:
        click.echo("Try: tidemill server database upgrade", file=output.stream)


@database.command()
@click.option("--revision", "-r", default="head", show_default=True, help="How far: head, a number, a name, or +1.")
@click.option("--yes/--no-yes", "-y", default=False, help="Do not ask.")
@click.option("--dry-run/--no-dry-run", default=False, help="Print the SQL, and change nothing.")
def upgrade(revision: str, yes: bool, dry_run: bool) -> None:
    """Take the steps that the database lacks."""
    _move(revision, yes=yes, dry_run=dry_run, forward=True)


@database.command()
@click.option("--revision", "-r", default="-1", show_default=True, help="How far: base, a number, a name, or -1.")
@click.option("--yes/--no-yes", "-y", default=False, help="Do not ask.")
@click.option("--dry-run/--no-dry-run", default=False, help="Print the SQL, and change nothing.")
def downgrade(revision: str, yes: bool, dry_run: bool) -> None:
    """Take steps back; what they made is gone, with all that is in it."""
    _move(revision, yes=yes, dry_run=dry_run, forward=False)


@database.command()
@click.option("--yes/--no-yes", "-y", default=False, help="Do not ask.")
def reset(yes: bool) -> None:
    """Delete everything in the database, and make its schema anew."""
    from tidemill.server.database import shown_address  # noqa: PLC0415 - not for --help
    from tidemill.server.schema import migrate_to  # noqa: PLC0415 - as above
    from tidemill.store.migrations import CURRENT  # noqa: PLC0415 - as above

    settings = _settings()
    _check_nobody_serves(settings)
    where = shown_address(settings)
    _must_agree(f"Delete everything in {where}?", yes=yes)
    migrate_to(settings, 0)
    migrate_to(settings, CURRENT)
    click.echo(f"Emptied {where}.")


def _move(said: str, *, yes: bool, dry_run: bool, forward: bool) -> None:
    from tidemill.server.database import shown_address  # noqa: PLC0415 - not for --help
    from tidemill.server.schema import UnknownRevisionError, migrate_to, revision, sql_of, version  # noqa: PLC0415

    settings = _settings()
    now = version(settings)
    try:
        target = revision(said, now)
    except UnknownRevisionError as error:
        raise UsageProblem(str(error), hint="tidemill server database status") from error
    if target == now or (target > now) != forward:
        click.echo(f"Nothing to do: the database is at step {now}.")
        return
    if dry_run:
        for name, sql in sql_of(settings, now, target):
            click.echo(f"-- {name}\n{sql.strip()}\n")
        return
    _check_nobody_serves(settings)
    where = shown_address(settings)
    if forward:
        _may_ask(f"Bring {where} from step {now} to {target}?", yes=yes)
    else:
        _must_agree(f"Take {where} back from step {now} to {target}, and lose what is in it?", yes=yes)
    migrate_to(settings, target)
    click.echo(f"{where} is at step {target}.")


def _settings() -> Settings:
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - not for --help

    return get_current_settings()


def _may_ask(question: str, *, yes: bool) -> None:
    from tidemill.cli.session import confirm  # noqa: PLC0415 - as above

    if not confirm(question, yes=yes):
        raise Problem("nothing was changed")


def _must_agree(question: str, *, yes: bool) -> None:
    """As a question where somebody can answer; elsewhere ``--yes`` has to have been said."""
    if not yes and not current_session().may_ask:
        raise UsageProblem("this deletes data, and nobody is here to be asked", hint="the same with --yes")
    _may_ask(question, yes=yes)


def _check_nobody_serves(settings: Settings) -> None:
    from tidemill.api.local_server import STOP, is_held  # noqa: PLC0415 - not for --help
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    for kind, stop in STOP.items():
        if is_held(settings.home, SystemClock(), kind):
            what = "a server" if kind == "server" else "a process that runs services"
            raise Problem(f"{what} of this home uses the database", hint=stop)
