"""``tidemill server``: its commands, loaded when they are called."""

from __future__ import annotations

import click

from tidemill.cli.lazy import Entry, LazyGroup

_HERE = "tidemill.cli"


@click.group(
    cls=LazyGroup,
    entries=(
        Entry("start", f"{_HERE}.server_start:start", "Serve the API until it is told to stop."),
        Entry("stop", f"{_HERE}.server_stop:stop", "Stop the server of this home."),
        Entry("status", f"{_HERE}.server_status:status", "Say whether a server answers, and which."),
        Entry("services", f"{_HERE}.server_services:services", "Look at what a server does by itself, and do it."),
        Entry("database", f"{_HERE}.server_database:database", "Look after the server's database."),
    ),
)
def server() -> None:
    """Start, stop and look after a server."""
