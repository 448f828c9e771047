"""``tidemill server services``: what a server does by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tidemill.cli.errors import Problem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.session import current_session

if TYPE_CHECKING:
    from tidemill.settings import Settings


@click.group(cls=CommandGroup)
def services() -> None:
    """Look at what a server does by itself, and do it without one."""


@click.command()
@output_options
def ls(output: Output) -> None:
    """List services: which are enabled here, who runs them, and how their last pass went."""
    from tidemill.api.operations.services import LIST_SERVICES  # noqa: PLC0415 - not for --help
    from tidemill.cli.api import opened_api  # noqa: PLC0415 - as above
    from tidemill.cli.api_rows import row_of  # noqa: PLC0415 - as above
    from tidemill.cli.moments import ago  # noqa: PLC0415 - as above
    from tidemill.cli.wall_clock import now  # noqa: PLC0415 - as above
    from tidemill.server.services.every import every_service  # noqa: PLC0415 - as above

    with opened_api() as api:
        known = {each.name: row_of(each) for each in api.ask(LIST_SERVICES)}
    rows = []
    for service in every_service(_settings()):
        status: dict[str, Any] = known.get(service.name) or dict.fromkeys(_STATUS)
        rows.append({"name": service.name, "enabled": service.enabled, "interval_seconds": service.interval, **status})
    moment = now()
    columns = [
        Column("name"),
        Column("enabled", style=lambda enabled: "" if enabled else "yellow"),
        Column("led_by"),
        Column("last_pass", show=lambda value: ago(value, moment)),
        Column("last_error", style=lambda error: "red" if error else ""),
        Column("interval_seconds", wide=True),
        Column("last_duration_seconds", wide=True),
    ]
    output.rows(rows, columns, key="name")


_STATUS = ("led_by", "led_since", "led_until", "is_led", "last_pass", "last_duration_seconds", "last_error")


@click.command()
@click.option("--background/--no-background", "-b", default=False, help="Return when they run, and leave them running.")
def start(background: bool) -> None:
    """Run services without a server, until Ctrl-C: beside servers that were started with --no-services."""
    settings = _settings()
    if background:
        from tidemill.cli.server_background import start_in_background  # noqa: PLC0415 - not for --help

        profile = current_session().profile
        words = ["--no-prompt", *(["-p", profile] if profile else []), "server", "services", "start"]
        start_in_background(words, settings.home, "services")
        return
    from tidemill.api.local_server import CannotStartError  # noqa: PLC0415 - as above
    from tidemill.server.logs import show_logs  # noqa: PLC0415 - not for --help
    from tidemill.server.services.alone import run_services  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    show_logs(settings)
    try:
        run_services(settings, SystemClock(), lambda names: click.echo(f"Running: {', '.join(names)}"))
    except CannotStartError as error:
        raise Problem(error.message, hint=error.hint) from error


@click.command()
def stop() -> None:
    """Stop the services that run in this home without a server."""
    from tidemill.cli.server_stop import stop_instance  # noqa: PLC0415 - not for --help

    stop_instance("services")


services.add_command(ls, "ls", also=("list",))
services.add_command(start, "start", also=("enable", "manager"))
services.add_command(stop, "stop", also=("disable",))


def _settings() -> Settings:
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - not for --help

    return get_current_settings()
