"""The stranger's pages, and a site that has them."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

PATH = b"/stranger/"
DEEDS = Path(__file__).with_name("deeds.js")
_PAGE = b"<!doctype html><meta charset=utf-8><title>kittens</title><body>"


def answer_to(request: bytes, *, with_opener: bool = False) -> bytes:
    """The answer to a request for a page of the stranger's.

    ``with_opener``: as the server's own pages have it, so that only one of the same origin may look into the other.
    """
    path = request.split(b" ", 2)[1].decode()
    parts = urlsplit(path)
    to = parse_qs(parts.query).get("to", [""])[0]
    status, headers, body = _page(parts.path.removeprefix(PATH.decode()), to)
    if with_opener:
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{said}\r\n".encode() + body


def _page(name: str, to: str) -> tuple[str, dict[str, str], bytes]:
    html = {"Content-Type": "text/html; charset=utf-8"}
    match name:
        case "attack":
            return "200 OK", html, _PAGE + b"<script>" + DEEDS.read_bytes() + b"</script>"
        case "sandboxed":  # its origin is none at all
            policy = "sandbox allow-scripts allow-forms allow-popups"
            return "200 OK", html | {"Content-Security-Policy": policy}, _page("attack", "")[2]
        case "redirect":
            return "307 Temporary Redirect", {"Location": to, "Access-Control-Allow-Origin": "*"}, b""
        case "reporting":  # what the page breaks is reported to wherever it says
            return (
                "200 OK",
                html | {"Content-Security-Policy": f"img-src 'none'; report-uri {to}"},
                _PAGE + b"<img src=x>",
            )
        case "empty":
            return "200 OK", html, _PAGE
        case _:
            return "404 Not Found", {}, b""


@contextmanager
def site():
    """The stranger's site; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)

    def answer(client: socket.socket) -> None:
        with client, suppress(OSError):
            while request := client.recv(1 << 20):
                client.sendall(answer_to(request))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                Thread(target=answer, args=(client,), daemon=True).start()

    Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
