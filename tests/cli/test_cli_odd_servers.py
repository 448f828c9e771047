"""Commands told to ask something that is no tidemill, or one that lets nobody in: a sentence, and what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

COMMANDS = ("flow-run ls", "why @last", "gcl ls", "variable ls", "variable get x", "work-pool inspect x")
PAGE = ("text/html", b"<html>\x1b[31mWelcome" + b"!" * 5000)
SAID = ("application/json", b'{"detail": "said \\u009b31m so"}')


@contextmanager
def answering(status: int, kind: str, body: bytes):
    """A server that answers everything alike; gives the address of its API."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "answer", "code", "said"),
    [
        (200, PAGE, 1, "is no address of a tidemill"),
        (404, PAGE, 1, "is no address of a tidemill"),
        (302, PAGE, 1, "is no address of a tidemill"),
        (401, SAID, 4, "does not let this process in"),
        (403, PAGE, 4, "does not let this process in"),
        (500, SAID, 1, "500"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_answers_wrongly_is_told_in_a_line_with_what_to_do(cli, monkeypatch, command, status, answer, code, said):
    with answering(status, *answer) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)
        told = cli(command)

    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "bug in tidemill" not in told.err
    assert len(told.err) < 500
    assert told.err.replace("\n", "").isprintable()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_proxy_without_its_server_counts_as_a_server_that_is_away(cli, monkeypatch, command):
    monkeypatch.setattr("tidemill.api.remote.http.ATTEMPTS", 1)
    monkeypatch.setattr("tidemill.api.remote.store.ATTEMPTS", 1)
    with answering(502, *PAGE) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)
        told = cli(command)

    assert told.code == 5
    assert "tidemill server status" in told.err


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, PAGE, "no tidemill API: it answered 200 with text/html"),
        (401, SAID, "not for this process"),
        (502, PAGE, "unwell, it answered 502 Bad Gateway"),
    ],
)
def test_status_and_version_say_what_answers_there(cli, monkeypatch, status, answer, said):
    with answering(status, *answer) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)
        how_it_is, installed = cli("server status"), cli("version")

    assert how_it_is.code == 5
    assert f"The server at {url} is {said}" in how_it_is.out
    assert "tidemill server start" not in how_it_is.out  # something listens there already
    assert installed.code == 0
    assert said in installed.out


@pytest.mark.parametrize("command", ["why", "flow-run cancel"])
def test_a_name_that_is_no_text(cli, monkeypatch, command):
    with answering(200, *PAGE) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)

        told = cli(command, "\udced\udcbf")

    assert (told.code, "is no text" in told.err) == (2, True)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("key", ["é", "a\nb"])
def test_a_key_that_cannot_be_sent(cli, monkeypatch, command, key):
    monkeypatch.setenv("TIDEMILL_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("TIDEMILL_API_KEY", key)

    told = cli(command)

    assert (told.code, "TIDEMILL_API_KEY is no key" in told.err, key in told.err) == (1, True, False)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_is_none(cli, monkeypatch, command):
    monkeypatch.setenv("TIDEMILL_API_URL", "http://[::1")

    told = cli(command)

    assert told.code == 2
    assert "TIDEMILL_API_URL is no address" in told.err


@pytest.mark.parametrize(("status", "code"), [(404, 3), (401, 4), (403, 4), (409, 1), (500, 1)])
def test_a_request_ends_with_what_its_answer_means(cli, monkeypatch, status, code):
    with answering(status, *SAID) as url:
        monkeypatch.setenv("TIDEMILL_API_URL", url)

        assert cli("api get /anything").code == code


def test_a_request_may_have_any_name_in_its_path_and_no_header_that_cannot_be_sent(cli):
    assert cli("api get", "/variables/name/\x1b[31m é#").code == 3
    assert cli("api get /health -H", "a b: c").code == 2
    assert cli("api get /health -H", "a: b\nc: d").code == 2
    assert cli("api get /health -H", "a: é").code == 2
    assert cli("api get /health -H", "a: b").code == 0
