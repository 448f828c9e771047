"""How a request gets to whoever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reply(NamedTuple):
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it was done."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP


class Transport(Protocol):
    """Carries requests. ``where`` is for messages."""

    where: str

    def send(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a request; ``target`` is a path below the API, with its query."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...
