"""``tidemill version``: what a bug report needs."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Any

import click

from tidemill._version import __version__
from tidemill.cli.installed import installed
from tidemill.cli.output import Output, output_options
from tidemill.exceptions import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLES = {
    "version": "Version",
    "python_version": "Python version",
    "os_arch": "OS/Arch",
    "profile": "Profile",
    "server_type": "Server type",
    "api_url": "API URL",
    "server": "Server",
    "server_version": "Server version",
    "home": "Home",
    "pydantic_version": "Pydantic version",
    "database": "Database",
    "sqlite_version": "SQLite version",
    "integrations": "Integrations",
}


@click.command()
@click.option("--omit-integrations/--no-omit-integrations", default=False, help="Leave out installed integrations.")
@output_options
def version(omit_integrations: bool, output: Output) -> None:
    """Show what is installed and where runs are recorded."""
    distributions = installed()
    facts = _facts(distributions)
    if not omit_integrations:
        facts["integrations"] = {
            name: number for name, number in sorted(distributions.items()) if name.startswith("tidemill-")
        }
    if output.asked is None and not output.fields:
        _tell(facts, output)
    else:
        output.item(facts, key="version")


def _facts(distributions: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": __version__,
        "python_version": platform.python_version(),
        "os_arch": f"{sys.platform}/{platform.machine().lower()}",
        **_place(),
        "pydantic_version": distributions.get("pydantic"),
        "sqlite_version": distributions.get("apsw", "").rpartition(".")[0] or None,  # it carries the SQLite of its name
    }


def _place() -> dict[str, Any]:
    from tidemill.settings.context import get_settings_context  # noqa: PLC0415 - not for --help

    try:
        context = get_settings_context()
    except SetupError as error:  # a report of what is installed must come out all the same
        return {"profile": None, "server_type": None, "problem": str(error)}
    settings = context.settings
    here = {"profile": context.profile.name, "home": settings.home}
    if settings.api.url is None:
        return {**here, "server_type": "embedded", "database": "sqlite"}
    from tidemill.cli.connection import ask_how_it_is  # noqa: PLC0415 - brings an HTTP client

    server = ask_how_it_is(settings.api.url, settings, version=True)
    return {
        **here,
        "server_type": "server",
        "api_url": settings.api.url,
        "server": server.said,
        "server_version": server.version,
    }


def _tell(facts: Mapping[str, Any], output: Output) -> None:
    """Names and values in two columns, on a terminal and in a pipe alike: this is what people paste."""
    for key, value in facts.items():
        if key == "integrations":
            _tell_integrations(value)
        elif value is not None:
            click.echo(f"{_TITLES.get(key, key.capitalize()) + ':':<22}{value}", file=output.stream)


def _tell_integrations(found: Mapping[str, str]) -> None:
    if found:
        click.echo("Integrations:")
        for name, number in found.items():
            click.echo(f"  {name + ':':<20}{number}")
