"""``tidemill auth``: who may come in. Keys stand in the database that a server here serves."""

from __future__ import annotations

import os
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.errors import NotFound, Problem, UsageProblem
from tidemill.cli.lazy import CommandGroup
from tidemill.cli.moments import ago, now_from
from tidemill.cli.new_names import check_new_name
from tidemill.cli.output import Column, Output, output_options, shortened
from tidemill.cli.parameters import positional
from tidemill.cli.server_store import opened_server_store
from tidemill.cli.session import confirm
from tidemill.domain.api_keys import ApiKey
from tidemill.domain.permissions import UnknownScopeError, permissions_of
from tidemill.server.auth.keys import ENTROPY_BYTES, PresentedKey, make_key
from tidemill.suggestions import did_you_mean

if TYPE_CHECKING:
    from datetime import datetime

    from tidemill.store.store import Store

_LS: Final = "tidemill auth key ls"
_MOMENTS: Final = ("created", "expires", "revoked", "last_used")


@click.group(cls=CommandGroup)
def auth() -> None:
    """Say who may come in."""


@auth.group()
def key() -> None:
    """Keys that let clients in, each for one user or program."""


@key.command()
@positional("name")
@click.option(
    "--scope", "-s", "scopes", multiple=True, metavar="SCOPE", help="viewer, runner, developer, admin, or as runs:read."
)
@click.option("--expires", metavar="DURATION", help="How long it holds, as in 90d; unsaid, until it is revoked.")
@output_options
def create(name: str, scopes: tuple[str, ...], expires: str | None, output: Output) -> None:
    """Make a key and show it, this once. Without --scope it may do everything."""
    check_new_name(name, "key")
    chosen = scopes or ("admin",)
    _check_scopes(chosen)
    lifetime_us = _lifetime_us(expires)
    made = make_key(os.urandom(ENTROPY_BYTES))
    with opened_server_store() as (store, now_us):
        _check_free(store, name)
        until = None if lifetime_us is None else now_us + lifetime_us
        row = _kept(made, name, chosen, now_us, until)
        store.put_api_key(row)
        _tell(made, row, output, now_us, store.where)


@key.command()
@output_options
def ls(output: Output) -> None:
    """List keys, the oldest first; their secrets are kept nowhere."""
    with opened_server_store() as (store, now_us):
        rows = [_row(each, now_us) for each in store.api_keys()]
    now = now_from(now_us)

    def told(moment: datetime | None) -> str:
        return ago(moment, now)

    columns = [
        Column("id", title="ID", show=shortened(row["id"] for row in rows)),
        Column("name"),
        Column("status", style=lambda status: "" if status == "active" else "yellow"),
        Column("scopes", show=" ".join),
        Column("created", show=told),
        Column("expires", show=told),
        Column("last_used", show=told),
        Column("revoked", show=told, wide=True),
    ]
    output.rows(rows, columns, key="name", empty="No keys. Make one with: tidemill auth key create NAME")


@key.command()
@positional("key")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def revoke(key: str, yes: bool) -> None:
    """Let a key, by its name or id, open nothing any more; servers notice within a second."""
    with opened_server_store() as (store, now_us):
        found = _existing(store, key)
        if not confirm(f"Revoke key {found.name!r} ({found.id})?", yes=yes):
            raise Problem("nothing was revoked")
        store.revoke_api_key(found.id, now_us)
        left = store.any_api_key()
    click.echo(f"Revoked key {found.name!r}.")
    if not left:
        click.echo(
            "No key is left: a server that listens on this machine alone lets its users in without one again, unless it"
            " was started with --require-auth.",
            err=True,
        )


def _kept(made: PresentedKey, name: str, scopes: tuple[str, ...], now_us: int, until_us: int | None) -> ApiKey:
    return ApiKey(
        id=made.id, name=name, digest=made.digest(), scopes=tuple(scopes), created_us=now_us, expires_us=until_us
    )


def _tell(made: PresentedKey, row: ApiKey, output: Output, now_us: int, where: str) -> None:
    if output.asked is not None:
        output.item({**_row(row, now_us), "key": made.text()}, key="key")
        return
    click.echo(made.text())
    click.echo(
        f"This is the key {row.name!r} to what is kept in {where}. It is shown this once: keep it where only its user"
        " can read it, and hand it over as TIDEMILL_API_KEY.",
        err=True,
    )


def _row(key: ApiKey, now_us: int) -> dict[str, Any]:
    moments = {name: getattr(key, f"{name}_us") for name in _MOMENTS}
    return {
        "id": key.id,
        "name": key.name,
        "status": key.status_at(now_us),
        "scopes": list(key.scopes),
        **{name: None if moment is None else now_from(moment) for name, moment in moments.items()},
    }


def _check_scopes(scopes: tuple[str, ...]) -> None:
    try:
        permissions_of(scopes)
    except UnknownScopeError as error:
        raise UsageProblem(str(error)) from error


def _lifetime_us(text: str | None) -> int | None:
    if text is None:
        return None
    from datetime import timedelta  # noqa: PLC0415 - most keys hold until they are revoked

    from tidemill.settings.durations import parse_duration  # noqa: PLC0415 - as above

    try:
        lifetime = parse_duration(text)
    except ValueError:
        lifetime = timedelta(0)
    if not timedelta(0) < lifetime < timedelta(days=36_500):
        raise UsageProblem(f"expected --expires to be a duration as in 90d or 12h, got {text!r}")
    return lifetime // timedelta(microseconds=1)


def _check_free(store: Store, name: str) -> None:
    if any(each.name == name and each.revoked_us is None for each in store.api_keys()):
        raise Problem(
            f"there is a key {name!r} already", hint=f"tidemill auth key revoke {quote(name)}, or choose another name"
        )


def _existing(store: Store, handle: str) -> ApiKey:
    """The key of this name or id, or of an id that begins so."""
    keys = [each for each in store.api_keys() if each.revoked_us is None]
    exact = [each for each in keys if handle in {each.name, each.id}]
    found = exact or [each for each in keys if handle and each.id.startswith(handle)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f"the ids of {len(found)} keys begin with {handle!r}", hint=_LS)
    likely = did_you_mean(handle, [each.name for each in keys])
    raise NotFound(f"no key that holds has the name or id {handle!r}{likely}", hint=_LS)
