"""``tidemill api``: any request to the API, as it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import click
import msgspec

from tidemill.cli.errors import KEY_HINT, ExitCode, Problem, UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.parameters import hosted_account, none_of, positional
from tidemill.cli.typed_json import typed_json
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from tidemill.api.client.transport import Reply

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: What has a meaning in a path and its query, or is written out already.
_MEANT: Final = "/?&=%:;,@+$!*'()[]~-._"
_CODES: Final = {
    401: (ExitCode.NOT_ALLOWED, KEY_HINT),
    403: (ExitCode.NOT_ALLOWED, KEY_HINT),
    404: (ExitCode.NOT_FOUND, "tidemill api --help"),
    **dict.fromkeys((408, 429, 502, 503, 504), (ExitCode.UNREACHABLE, "tidemill server status")),
}


@click.command("api", cls=CommandWithExamples)
@positional("method")
@positional("path")
@click.option("--data", metavar="JSON", help="The body: JSON, @FILE, or - for stdin.")
@click.option("--header", "-H", "headers", multiple=True, metavar="NAME:VALUE", help="May be repeated.")
@none_of("header")
@click.option("--verbose/--no-verbose", "-v", default=False, help="Show request and headers too, on stderr.")
@click.option("--root/--no-root", default=False, help="The path stands beside the API's prefix, not below it.")
@hosted_account
def api(method: str, path: str, data: str | None, headers: tuple[str, ...], verbose: bool, root: bool) -> None:
    """Send any request to the API, and print what it answers.

    METHOD is get, post, put, patch or delete; PATH as in /flow_runs/filter. JSON is laid out on a terminal, and
    comes as it is in a pipe.
    """
    from tidemill.cli.api import opened_api  # noqa: PLC0415 - not for --help

    body, said = _body(data), dict(map(_header, headers))
    if body:
        said = {"content-type": "application/json", **said}
    with opened_api(root=root) as client:
        target = _target(path, whole=root and client.transport.where.startswith("http"))
        if verbose:
            _tell_lines(">", f"{_method(method)} {client.transport.where}{target}", said)
        reply = client.transport.send(_method(method), target, body, said)
    if verbose:
        _tell_lines("<", str(reply.status), dict(reply.headers))
    _show(reply)
    if not reply.is_success:
        code, hint = _CODES.get(reply.status, (ExitCode.FAILED, "tidemill api --help"))
        raise Problem(f"{_method(method)} {target} was answered with {reply.status}", code=code, hint=hint)


def _method(said: str) -> str:
    if said.upper() not in _METHODS:
        raise UsageProblem(f"unknown method {said!r}{did_you_mean(said.upper(), _METHODS)}", hint="tidemill api --help")
    return said.upper()


def _target(path: str, *, whole: bool) -> str:
    """The path below the API, whose own prefix may be typed too, or ``whole``: below the server's address.

    What no address has is written out, so that a path with any name in it can be typed.
    """
    bare = path.removeprefix("/")
    return quote(f"/{bare if whole else bare.removeprefix('api/')}", safe=_MEANT, errors="surrogatepass")


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    if data == "-":
        raw = sys.stdin.buffer.read()
    elif data.startswith("@"):
        raw = Path(data[1:]).read_bytes()
    else:
        raw = data.encode("utf-8", "surrogateescape")
    typed_json(raw, "--data", hint="tidemill api post /flows/filter --data '{}'")
    return raw


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageProblem(f"cannot read the header {text!r}", why="Headers are written NAME:VALUE.")
    if not _NAME.fullmatch(name.strip()) or not value.isascii() or not value.strip().isprintable():
        raise UsageProblem(
            f"the header {text!r} cannot be sent", why="A name has letters, digits and hyphens; a value is plain ASCII."
        )
    return name.strip(), value.strip()


def _tell_lines(mark: str, first: str, headers: dict[str, str]) -> None:
    click.echo(f"{mark} {first}", err=True)
    for name, value in headers.items():
        click.echo(f"{mark} {name}: {value}", err=True)


def _show(reply: Reply) -> None:
    if not reply.body:
        return
    text = reply.body
    if sys.stdout.isatty() and reply.headers.get("content-type", "").startswith("application/json"):
        text = msgspec.json.format(text, indent=2)
    click.echo(text.decode("utf-8", "replace"))
