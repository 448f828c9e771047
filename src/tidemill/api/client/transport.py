"""How a request gets to whoever answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


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

    def stream(self, target: str, headers: Mapping[str, str]) -> Generator[bytes, None, None]:
        """What a GET answers, as it comes. Raises RefusedError by kind for any answer but success."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...
