"""``tidemill dashboard``: the server's pages in a browser."""

from __future__ import annotations

import click

from tidemill.cli.errors import ExitCode, Problem
from tidemill.cli.lazy import CommandGroup


@click.group(cls=CommandGroup)
def dashboard() -> None:
    """Look at a server in a browser."""


@dashboard.command("open")
def open_() -> None:
    """Open the server's pages in this machine's browser."""
    url = _url()
    if click.launch(url) == 0:
        click.echo(f"Opened {url}")
    else:
        click.echo(f"No browser could be opened here. The address is {url}")


def _url() -> str:
    from tidemill.api.local_server import running_instance  # noqa: PLC0415 - not for --help
    from tidemill.settings import get_current_settings  # noqa: PLC0415 - as above
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above

    settings = get_current_settings()
    if settings.ui_url:
        return settings.ui_url
    instance = running_instance(settings.home, SystemClock())
    if instance is None:
        raise Problem(
            "there is no server to look at: none is named, and none of this home runs",
            hint="tidemill server start --background",
            code=ExitCode.UNREACHABLE,
        )
    return instance.url.removesuffix("/api")
