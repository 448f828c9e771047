"""``tidemill events``: what happens, as it happens, and things of one's own."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click
import msgspec

from tidemill.api.operations import events as operations
from tidemill.api.operations.live import FollowQuery
from tidemill.cli.api import opened_api
from tidemill.cli.errors import UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import local
from tidemill.cli.parameters import hosted_account, positional
from tidemill.cli.typed_json import typed_json
from tidemill.cli.wall_clock import now
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import IO

    from tidemill.api.client.client import Client
    from tidemill.wire.events import ReceivedEvent

_FORMATS: Final = ("json", "text")
_HELP: Final = "tidemill events emit --help"
_RESOURCE_ID: Final = "prefect.resource.id"


@click.group(cls=CommandGroup)
def events() -> None:
    """Watch what happens, and tell of things of your own."""


@events.command(cls=CommandWithExamples)
@click.option("--format", "format_", metavar="FORMAT", default="json", show_default=True, help="json or text.")
@click.option("--output-file", metavar="FILE", help="Add the lines to that file, not to stdout.")
@click.option("--run-once/--no-run-once", default=False, help="End after the first event.")
@hosted_account
def stream(format_: str, output_file: str | None, run_once: bool) -> None:
    """Print events as they happen, one a line, until Ctrl-C."""
    if format_.lower() not in _FORMATS:
        raise UsageProblem(f"unknown format {format_!r}{did_you_mean(format_, _FORMATS)}; known: json, text")
    show = _as_json if format_.lower() == "json" else _as_text
    with opened_api() as api, _destination(output_file) as file, closing(_happening(api)) as happening:
        for event in happening:
            click.echo(show(event), file=file)
            if run_once:
                return


@contextmanager
def _destination(path: str | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    with Path(path).open("a", encoding="utf-8", buffering=1) as file:
        yield file


def _happening(api: Client) -> Generator[ReceivedEvent, None, None]:
    from tidemill.api.client.following import follow  # noqa: PLC0415 - not for --help
    from tidemill.system.clock import SystemClock  # noqa: PLC0415 - as above
    from tidemill.wire.events import ReceivedEvent  # noqa: PLC0415 - as above

    read = msgspec.json.Decoder(ReceivedEvent).decode
    for message in follow(api, FollowQuery(topics="events"), clock=SystemClock(), away=_tell_of_absence):
        yield read(message.data)


def _tell_of_absence(error: Exception) -> None:
    click.echo(f"Waiting: {error}", err=True)


def _as_json(event: ReceivedEvent) -> str:
    return msgspec.json.encode(event).decode()


def _as_text(event: ReceivedEvent) -> str:
    return f"{local(event.occurred)}  {event.event}  {event.resource.get(_RESOURCE_ID, '')}"


@events.command(cls=CommandWithExamples)
@positional("event")
@click.option("--resource", "-r", metavar="JSON", help="What it is about: an object of labels, or NAME=VALUE.")
@click.option("--resource-id", metavar="ID", help="What it is about, by id alone.")
@click.option("--related", metavar="JSON", help="What else it has to do with: an object of labels, or a list of them.")
@click.option("--payload", "-p", metavar="JSON", help="What more there is to say, as an object.")
def emit(event: str, resource: str | None, resource_id: str | None, related: str | None, payload: str | None) -> None:
    """Tell of something that happened."""
    about = _labels(resource) if resource is not None else {}
    if resource_id is not None:
        about[_RESOURCE_ID] = resource_id
    if _RESOURCE_ID not in about:
        raise UsageProblem(
            "it is not said what the event is about", hint=f"tidemill events emit {quote(event)} --resource-id ID"
        )
    more = _json("--related", related) if related is not None else []
    said = _json("--payload", payload) if payload is not None else {}
    if not isinstance(said, dict):
        raise UsageProblem("--payload is an object", hint=_HELP)
    told = {
        "event": event,
        "id": str(uuid4()),
        "occurred": now().isoformat(),
        "resource": about,
        "related": more if isinstance(more, list) else [more],
        "payload": said,
    }
    with opened_api() as api:
        api.ask(operations.CREATE_EVENTS, body=[told])
    click.echo(f"Told of {event!r} ({told['id']}).")


def _labels(text: str) -> dict[str, str]:
    if not text.lstrip().startswith("{"):
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageProblem(f"cannot read {text!r}", why="--resource is a JSON object, or NAME=VALUE.", hint=_HELP)
        return {name: value}
    found = _json("--resource", text)
    return {str(name): str(value) for name, value in found.items()}


def _json(option: str, text: str) -> Any:
    return typed_json(text, option, hint=_HELP)
