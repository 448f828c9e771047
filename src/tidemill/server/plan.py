"""How somebody wants a server: decided once, and told to every process that takes part."""

from __future__ import annotations

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked for. ``host`` and ``port`` are the settings' where they are None; port 0 is any that is free.

    ``services``: whether it does by itself what has to be done (late runs, leases that lapse, schedules …).
    ``workers``: how many processes answer. ``settings`` are values by name that stand above all others, as typed.
    """

    host: str | None = None
    port: int | None = None
    require_auth: bool = False
    insecure_no_auth: bool = False
    services: bool = True
    workers: int = 1
    settings: dict[str, str] = {}
    profile: str | None = None
