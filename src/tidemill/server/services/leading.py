"""Which services this server leads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec

from tidemill.system.processes import ProcessIdentity, current_identity, is_alive

if TYPE_CHECKING:
    from collections.abc import Collection

    from tidemill.store.access.services import Lead
    from tidemill.store.store import Store

#: How long a server leads without saying so again. A trade: so long a service stands still when its server is lost.
TERM_SECONDS: Final = 20.0
TERM_US: Final = round(TERM_SECONDS * 1_000_000)
BEAT_SECONDS: Final = TERM_SECONDS / 4


class _Holder(msgspec.Struct, frozen=True, array_like=True):
    """Who leads, as its row says it: a process, and which of the servers in it."""

    process: ProcessIdentity
    server: str


class Leadership:
    """One server's leads. ``beat`` must come more often than the term ends."""

    def __init__(self, store: Store, services: Collection[str], process: ProcessIdentity | None = None) -> None:
        self._store = store
        self._services = services
        holder = _Holder(process or current_identity(), os.urandom(8).hex())
        self.holder = msgspec.json.encode(holder).decode()

    def beat(self, now: int) -> list[Lead]:
        """Go on leading, and take what nobody leads any more; what is led by now."""
        for holder in {lease.holder for lease in self._store.read_services() if lease.term_until > now}:
            if holder != self.holder and _is_gone(holder):
                self._store.resign_services(holder, now)
        return self._store.lead_services(self._services, self.holder, now, now + TERM_US)

    def resign(self, now: int) -> None:
        """Lead nothing any more."""
        self._store.resign_services(self.holder, now)


def _is_gone(holder: str) -> bool:
    return not is_alive(msgspec.json.decode(holder, type=_Holder).process)


def shown(holder: str) -> str:
    """Who leads, for people."""
    process = msgspec.json.decode(holder, type=_Holder).process
    return f"process {process.pid} on {process.host}"
