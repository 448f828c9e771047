"""What a server may do where it is told to listen, before anybody set up anything.

On this machine alone it needs nothing: who asks is the local admin until there is a key. Where others can reach it,
somebody has to say who may come in, or say in words that everybody may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tidemill.server.auth.addresses import is_loopback

if TYPE_CHECKING:
    from tidemill.server.auth.guard import Entry


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants the server started. ``has_auth_string`` and ``has_keys`` are what is set up."""

    host: str
    require_auth: bool = False
    insecure_no_auth: bool = False
    has_auth_string: bool = False
    has_keys: bool = False
    tls: bool = False


class Start(msgspec.Struct, frozen=True):
    """The decision: who gets in without a credential, and what to tell whoever starts it."""

    entry: Entry
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class StartRefused(msgspec.Struct, frozen=True):
    """It does not start like that: what is wrong, and what to do."""

    message: str
    hint: str


def decide_start(asked: Asked) -> Start | StartRefused:
    """Whether a server may start like that, and as what."""
    if asked.require_auth and asked.insecure_no_auth:
        return StartRefused("--require-auth and --insecure-no-auth exclude each other", "leave one of them out")
    if is_loopback(asked.host):
        return _here(asked)
    return _elsewhere(asked)


def _here(asked: Asked) -> Start:
    if asked.insecure_no_auth:
        return Start("everybody", warnings=("requests need no authentication, whatever keys there are",))
    if asked.has_auth_string or asked.require_auth:
        nobody_yet = not (asked.has_auth_string or asked.has_keys)
        return Start("required", notices=(_NO_KEY_YET,) if nobody_yet else ())
    if asked.has_keys:
        return Start("local")
    return Start("local", notices=(_LOCAL_ADMIN,))


def _elsewhere(asked: Asked) -> Start | StartRefused:
    plain = () if asked.tls else (_plain(asked.host),)
    if asked.insecure_no_auth:
        return Start("everybody", warnings=(f"everybody who reaches {asked.host} may do everything", *plain))
    if asked.has_auth_string or asked.has_keys:
        return Start("required", warnings=plain)
    if asked.require_auth:
        return Start("required", notices=(_NO_KEY_YET,), warnings=plain)
    return StartRefused(
        f"{asked.host} can be reached from other machines, and nobody has set up who may come in",
        "tidemill auth key create NAME, or set TIDEMILL_SERVER_API_AUTH_STRING=user:password, or start with"
        " --insecure-no-auth",
    )


_LOCAL_ADMIN = (
    "whoever can reach this port on this machine is the local admin until there is a key; on a machine that others use,"
    " start with --require-auth"
)
_NO_KEY_YET = "nobody has a key yet; make one with: tidemill auth key create NAME"


def _plain(host: str) -> str:
    return (
        f"keys and data cross the network to {host} in plain HTTP, for everybody on the way to read: put a proxy that"
        " speaks HTTPS in front"
    )
