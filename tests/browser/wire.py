"""What really went between browser and server: a relay that passes on every byte, and notes who was answered what.

It answers the pages of the stranger itself, as the server of a name does that leads to this machine a moment later. As a
proxy that wants a password it asks browsers for one, which the server, whose ``Bearer`` no browser knows, does not.
"""

from __future__ import annotations

import re
import socket
from collections import defaultdict, deque
from contextlib import contextmanager, suppress
from threading import Condition, Thread

from tests.browser.pages import PATH, answer_to

STRANGERS = re.compile(rb"[A-Z]+ " + PATH)
REQUEST = re.compile(rb"^([A-Z]+) (\S+) HTTP/1\.1\r\n", re.MULTILINE)
ANSWER = re.compile(rb"^HTTP/1\.1 (\d+) ", re.MULTILINE)
DEED = re.compile(rb"[?&]deed=(\w+)")


class Relay:
    """A port that leads to the server at another one."""

    def __init__(self, port: int, *, asks_for_password: bool = False) -> None:
        self._server = ("127.0.0.1", port)
        self._asks = asks_for_password
        self._changed = Condition()
        self._answers: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listening.getsockname()[1]

    def forget(self) -> None:
        """What was noted so far."""
        with self._changed:
            self._answers.clear()

    def answered(self, deeds: set[str], seconds: float = 10) -> dict[str, list[tuple[str, int]]]:
        """Methods and statuses of the requests of each deed, once all of these have been answered something."""
        with self._changed:
            self._changed.wait_for(lambda: deeds <= self._answers.keys(), seconds)
            return {deed: list(answers) for deed, answers in self._answers.items()}

    def serve(self) -> None:
        """Until it is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                Thread(target=self._relay, args=(client,), daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _relay(self, client: socket.socket) -> None:
        waiting: deque[tuple[str, str]] = deque()
        with client, socket.create_connection(self._server) as server, suppress(OSError):
            back = Thread(target=self._bring_back, args=(server, client, waiting), daemon=True)
            back.start()
            while said := client.recv(1 << 20):
                if STRANGERS.match(said):
                    client.sendall(answer_to(said, with_opener=True))
                    continue
                for method, path in REQUEST.findall(said):
                    deed = DEED.search(path)
                    waiting.append((method.decode(), deed[1].decode() if deed else ""))
                server.sendall(said)
            server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _bring_back(self, server: socket.socket, client: socket.socket, waiting: deque[tuple[str, str]]) -> None:
        with suppress(OSError):
            while said := server.recv(1 << 20):
                if self._asks:
                    said = said.replace(b"www-authenticate: Bearer ", b"www-authenticate: Basic ")
                with self._changed:
                    for status in ANSWER.findall(said):
                        method, deed = waiting.popleft() if waiting else ("", "")
                        self._answers[deed].append((method, int(status)))
                    self._changed.notify_all()
                client.sendall(said)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def relayed(port: int, *, asks_for_password: bool = False):
    relay = Relay(port, asks_for_password=asks_for_password)
    Thread(target=relay.serve, daemon=True).start()
    try:
        yield relay
    finally:
        relay.close()
