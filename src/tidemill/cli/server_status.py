"""``tidemill server status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.connection import ask_how_it_is
from tidemill.cli.errors import ExitCode
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.output import Output, output_options

if TYPE_CHECKING:
    from tidemill.api.local_server import Instance
    from tidemill.settings import Settings
    from tidemill.system.clock import Clock

_LOOK_SECONDS: Final = 0.25
_AVAILABLE: Final = "available"


@click.command(cls=CommandWithExamples)
@click.option("--wait/--no-wait", default=False, help="Return when it answers.")
@click.option("--timeout", "-t", type=click.IntRange(min=0), default=0, help="Wait so many seconds; 0 is for ever.")
@output_options
def status(wait: bool, timeout: int, output: Output) -> int:
    """Say whether a server answers, and which. The exit code is 0 if it does, else 5.

    It is the server that TIDEMILL_API_URL names; unset, that of this home.
    """
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - not for --help
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    settings, clock = get_current_settings(), SystemClock()
    deadline = clock.monotonic() + timeout if timeout else None
    found = _look(settings, clock)
    while wait and not _answers(found) and (deadline is None or clock.monotonic() < deadline):
        clock.sleep(_LOOK_SECONDS)
        found = _look(settings, clock)
    if output.asked is None and not output.fields:
        _tell(found, output)
    else:
        output.item(found, key="api_url")
    return ExitCode.OK if _answers(found) else ExitCode.UNREACHABLE


def _answers(found: dict[str, Any]) -> bool:
    return bool(found["status"] == _AVAILABLE)


def _look(settings: Settings, clock: Clock) -> dict[str, Any]:
    instance = None
    url = settings.api.url
    if url is None:
        from tidemill.api.local_server import running_instance  # noqa: PLC0415 - only for this machine's

        instance = running_instance(settings.home, clock)
        url = instance.url if instance is not None else _default_url(settings)
    found = ask_how_it_is(url, settings)
    return {
        "status": _AVAILABLE if found.answers else "unavailable",
        "api_url": url,
        "said": found.said,
        "try": found.hint,
        **_facts(instance),
    }


def _default_url(settings: Settings) -> str:
    from tidemill.server.listening import api_url  # noqa: PLC0415 - as above

    return api_url(settings.server.api.host, settings.server.api.port, settings)


def _facts(instance: Instance | None) -> dict[str, Any]:
    if instance is None:
        return {"server_version": None, "pid": None, "workers": None, "services": None, "started": None}
    from tidemill.domain.states import from_us  # noqa: PLC0415 - as above

    return {
        "server_version": instance.version,
        "pid": instance.pid,
        "workers": instance.workers,
        "services": instance.services,
        "started": from_us(instance.started_us),
    }


def _tell(found: dict[str, Any], output: Output) -> None:
    click.echo(f"The server at {found['api_url']} is {found['said']}.", file=output.stream)
    if found["pid"] is not None:
        processes = f", {found['workers']} processes" if found["workers"] > 1 else ""
        services = "" if found["services"] else ", without services"
        click.echo(
            f"  tidemill {found['server_version']}, process {found['pid']}{processes}{services}", file=output.stream
        )
    if found["try"]:
        click.echo(f"Try: {found['try']}", file=output.stream)
