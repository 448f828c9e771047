"""Speaks HTTP byte by byte, as a client that is badly written or means no good would."""

from __future__ import annotations

import select
import socket
from typing import NamedTuple, Self


class Heard(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Talk:
    """A connection to a server on this machine."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        self.host = f"{host}:{port}"
        self._socket = socket.create_connection((host, int(port)), 20)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._file.close()
        self._socket.close()

    def say(self, *lines: str, body: bytes = b"", host: bool = True) -> None:
        """Lines of a head, with a Host, and what comes behind it."""
        head = [*lines, f"Host: {self.host}"] if host else lines
        self.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def send(self, data: bytes) -> None:
        """These bytes."""
        self._socket.sendall(data)

    def say_no_more(self) -> None:
        """Nothing is said from now on; what comes is listened to."""
        self._socket.shutdown(socket.SHUT_WR)

    def hear(self, *, head_only: bool = False) -> Heard:
        """The next answer."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().rstrip(b"\r\n"):
            name, _, value = line.decode().partition(": ")
            headers[name] = value
        length = 0 if head_only else int(headers.get("content-length", "0"))
        return Heard(status, headers, self._file.read(length))

    def waits(self, seconds: float) -> bool:
        """Whether something comes within so many seconds, or they hang up."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def is_over(self) -> bool:
        """Whether the other side has hung up, once it has."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def rest(self) -> bytes:
        """What comes until the other side hangs up."""
        return self._file.read()
