"""``tidemill server start``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tidemill.cli.errors import Problem, UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.session import current_session

if TYPE_CHECKING:
    from tidemill.server.plan import Plan
    from tidemill.server.starting import Ready
    from tidemill.settings import Settings


@click.command(cls=CommandWithExamples)
@click.option("--host", metavar="ADDRESS", help="Where to listen; unsaid, on this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), help="At which port; 0 is any that is free.")
@click.option("--background/--no-background", "-b", default=False, help="Return when it answers, and leave it running.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="How many processes answer.")
@click.option("--no-services", is_flag=True, help="Only answer; leave schedules, late runs and the like to others.")
@click.option("--require-auth", is_flag=True, help="Let in nobody without a key or password, this machine's too.")
@click.option("--insecure-no-auth", is_flag=True, help="Let in everybody who can reach it, as whoever they like.")
@click.option("--keep-alive-timeout", type=click.IntRange(min=0), help="Seconds that an idle connection is kept.")
@click.option("--log-level", metavar="LEVEL", help="Least level of its log lines, as in INFO.")
@click.option("--scheduler/--no-scheduler", default=None, help="Make runs of schedules.")
@click.option("--late-runs/--no-late-runs", default=None, help="Mark runs that nobody began in time.")
@click.option("--ui/--no-ui", default=None, help="Serve the user interface.")
@click.option("--analytics-on/--analytics-off", "analytics", default=None, hidden=True)
def start(
    host: str | None,
    port: int | None,
    background: bool,
    workers: int,
    no_services: bool,
    require_auth: bool,
    insecure_no_auth: bool,
    analytics: bool | None,
    **chosen: Any,
) -> None:
    """Serve the API until Ctrl-C, SIGTERM, or tidemill server stop.

    The data stays in the home's database, or in the one that TIDEMILL_SERVER_DATABASE_CONNECTION_URL names.
    """
    _check_libraries()
    if analytics:
        click.echo("Note: --analytics-on has no effect, since tidemill sends nothing home.", err=True)
    from tidemill.server.plan import Plan  # noqa: PLC0415 - not for --help
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above
    from tidemill.settings.context import temporary_settings  # noqa: PLC0415 - as above

    plan = Plan(
        host=host,
        port=port,
        require_auth=require_auth,
        insecure_no_auth=insecure_no_auth,
        services=not no_services,
        workers=workers,
        settings=_settings(chosen),
        profile=current_session().profile,
    )
    with temporary_settings(plan.settings):
        settings = get_current_settings()
        if background:
            from tidemill.cli.server_background import start_in_background, words_of  # noqa: PLC0415 - as above

            start_in_background([*words_of(plan), *_as_words(chosen)], settings.home)
        else:
            _serve(plan, settings)


def _settings(chosen: dict[str, Any]) -> dict[str, str]:
    """Options that are settings, as settings."""
    from tidemill.settings.errors import InvalidSettings  # noqa: PLC0415 - not for --help
    from tidemill.settings.model import check_value  # noqa: PLC0415 - as above

    said = {_SETTINGS[name]: str(value).lower() for name, value in chosen.items() if value is not None}
    if "TIDEMILL_SERVER_LOGGING_LEVEL" in said:
        said["TIDEMILL_SERVER_LOGGING_LEVEL"] = said["TIDEMILL_SERVER_LOGGING_LEVEL"].upper()
    for name, value in said.items():
        try:
            check_value(name, value)
        except InvalidSettings as error:
            raise UsageProblem(str(error), hint="tidemill server start --help") from error
    return said


_SETTINGS = {
    "keep_alive_timeout": "TIDEMILL_SERVER_API_KEEPALIVE_TIMEOUT",
    "log_level": "TIDEMILL_SERVER_LOGGING_LEVEL",
    "scheduler": "TIDEMILL_SERVER_SERVICES_SCHEDULER_ENABLED",
    "late_runs": "TIDEMILL_SERVER_SERVICES_LATE_RUNS_ENABLED",
    "ui": "TIDEMILL_SERVER_UI_ENABLED",
}


def _as_words(chosen: dict[str, Any]) -> list[str]:
    """The options as they were typed."""
    words: list[str] = []
    for name, value in chosen.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            words += [f"--{flag}", str(value)]
    return words


def _serve(plan: Plan, settings: Settings) -> None:
    from tidemill.api.local_server import CannotStartError  # noqa: PLC0415 - as above
    from tidemill.server.logs import show_logs  # noqa: PLC0415 - not for --help
    from tidemill.server.starting import start as start_server  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    clock = SystemClock()
    began = clock.monotonic()
    show_logs(settings)
    try:
        start_server(plan, settings, clock, lambda ready: _tell(ready, settings, clock.monotonic() - began))
    except CannotStartError as error:
        raise Problem(error.message, hint=error.hint) from error
    click.echo("The server has stopped.", err=True)


def _tell(ready: Ready, settings: Settings, took: float) -> None:
    from tidemill.cli.server_background import WARNING  # noqa: PLC0415 - not for --help
    from tidemill.server.database import shown_address  # noqa: PLC0415 - as above

    instance = ready.instance
    for warning in ready.start.warnings:
        click.echo(f"{WARNING}{warning}.", err=True)
    for notice in ready.start.notices:
        click.echo(f"Note: {notice}.", err=True)
    processes = f" in {instance.workers} processes" if instance.workers > 1 else ""
    click.echo(f"tidemill {instance.version} answers at {instance.url}{processes}, after {took:.2f} s.")
    click.echo(f"  Its API is described at {instance.url.removesuffix('/api')}/docs")
    click.echo(f"  Its data is in {shown_address(settings)}")
    click.echo(f"  Flows report to it with TIDEMILL_API_URL={instance.url}")


def _check_libraries() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - asked once

    needed = ("uvicorn", "httptools", "websockets", "cryptography", "dateutil")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise Problem(
            f"a server needs more than tidemill alone, and {missing[0]!r} is not installed",
            hint='pip install "tidemill[server]"',
        )
