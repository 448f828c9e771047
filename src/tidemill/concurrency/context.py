"""Slots that are given back when a stretch of work ends, even if the code that took them was cut off."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Self
from uuid import UUID

if TYPE_CHECKING:
    from contextvars import Token

    from tidemill.engine.slots import Lease

__all__ = ["ConcurrencyContext"]

_current: ContextVar[ConcurrencyContext | None] = ContextVar("tidemill_concurrency", default=None)


class ConcurrencyContext:
    """Entered with ``with``: whatever slots were taken inside and are still held at its end are given back then."""

    def __init__(self) -> None:
        self._leases: dict[UUID, Lease] = {}
        self._tokens: list[Token[ConcurrencyContext | None]] = []

    @classmethod
    def get(cls) -> ConcurrencyContext | None:
        """The innermost one, if any was entered."""
        return _current.get()

    @property
    def cleanup_lease_ids(self) -> list[UUID]:
        """The leases that are still held."""
        return [lease_id for lease_id, lease in list(self._leases.items()) if not lease.over]

    def note(self, lease: Lease) -> None:
        """A lease was granted here."""
        for lease_id, earlier in list(self._leases.items()):
            if earlier.over:
                self._leases.pop(lease_id, None)
        self._leases[UUID(lease.id)] = lease

    def __enter__(self) -> Self:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._tokens.pop())
        for lease in list(self._leases.values()):
            lease.give_back()
        self._leases.clear()
