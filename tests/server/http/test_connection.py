"""A connection's manners, and what it does about those of others."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress

import pytest

from tests.server.http.talk import Talk
from tests.serving import serving
from tidemill.server.http import connection
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore

VERSION = "GET /api/admin/version HTTP/1.1"
FLOWS = "POST /api/flows/ HTTP/1.1"
CHUNKED = "Transfer-Encoding: chunked"


def flow(name):
    return json.dumps({"name": name}).encode()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with SqliteStore.open(tmp_path_factory.mktemp("served") / "tidemill.db") as store, serving(store) as url:
        yield url


@pytest.fixture
def talk(url):
    with Talk(url) as talk:
        yield talk


def test_one_request_after_the_other(talk):
    for name in ("one", "two"):
        talk.say(FLOWS, f"Content-Length: {len(flow(name))}", body=flow(name))
        heard = talk.hear()
        assert heard.status == 201
        assert json.loads(heard.body)["name"] == name
        assert heard.headers["content-type"] == "application/json"
        assert "date" in heard.headers


def test_requests_that_are_sent_ahead_are_answered_in_order(talk):
    names = [f"ahead-{place}" for place in range(40)]
    said = b""
    for name in names:
        said += f"{FLOWS}\r\nHost: {talk.host}\r\nContent-Length: {len(flow(name))}\r\n\r\n".encode() + flow(name)
        said += f"{VERSION}\r\nHost: {talk.host}\r\n\r\n".encode()
    talk.send(said)
    for name in names:
        assert json.loads(talk.hear().body)["name"] == name
        assert json.loads(talk.hear().body) == "3.8.8"


def test_thousands_that_are_refused_at_once_are_answered(talk):
    nowhere = f"GET /nowhere HTTP/1.1\r\nHost: {talk.host}\r\n\r\n".encode()
    talk.send(nowhere * 3000)
    assert {talk.hear().status for _ in range(3000)} == {404}


def test_a_request_may_come_byte_by_byte(talk):
    said = f"{FLOWS}\r\nHost: {talk.host}\r\nContent-Length: {len(flow('slow'))}\r\n\r\n".encode() + flow("slow")
    for place in range(len(said)):
        talk.send(said[place : place + 1])
    assert json.loads(talk.hear().body)["name"] == "slow"


def test_a_body_may_come_in_chunks(talk):
    parts = b"".join(b"%x\r\n%b\r\n" % (1, flow("chunks")[at : at + 1]) for at in range(len(flow("chunks"))))
    talk.say(FLOWS, CHUNKED, body=parts + b"0\r\n\r\n")
    assert json.loads(talk.hear().body)["name"] == "chunks"


def test_what_stands_behind_a_body_is_no_header(talk):
    body = b"%x\r\n%b\r\n0\r\nOrigin: https://evil.example\r\nHost: evil.example\r\n\r\n" % (
        len(flow("end")),
        flow("end"),
    )
    said = f"{FLOWS}\r\nHost: {talk.host}\r\n{CHUNKED}\r\n\r\n".encode() + body
    talk.send(said * 3)  # those that were sent ahead are decided when all of them is here
    assert {talk.hear().status for _ in range(3)} == {200, 201}


@pytest.mark.parametrize("begun", ["0\r\nX: ", "1;"])
def test_S17_a_body_without_an_end_that_is_no_body_is_refused(talk, begun):
    talk.say(FLOWS, CHUNKED, body=begun.encode())
    with suppress(OSError):
        for _ in range(40):
            talk.send(b"x" * 16_384)
    assert talk.hear().status == 431


def test_who_asks_first_whether_to_send_the_body_is_told(talk):
    talk.say(FLOWS, "Expect: 100-continue", f"Content-Length: {len(flow('asked'))}")
    assert talk.hear().status == 100
    talk.send(flow("asked"))
    assert talk.hear().status == 201


def test_who_asks_first_with_too_large_a_body_is_told_no_at_once(talk):
    talk.say(FLOWS, "Expect: 100-continue", f"Content-Length: {1 << 40}")
    assert talk.hear().status == 413


def test_a_head_is_answered_without_a_body(talk):
    talk.say(VERSION.replace("GET", "HEAD"))
    heard = talk.hear(head_only=True)
    assert heard.status == 200
    assert heard.headers["content-length"] == "7"
    talk.say(VERSION)
    assert talk.hear().body == b'"3.8.8"'


def test_no_content_has_no_length(talk):
    talk.say(FLOWS, f"Content-Length: {len(flow('gone'))}", body=flow("gone"))
    id_ = json.loads(talk.hear().body)["id"]
    talk.say(f"DELETE /api/flows/{id_} HTTP/1.1")
    heard = talk.hear()
    assert heard.status == 204
    assert "content-length" not in heard.headers
    talk.say(VERSION)
    assert talk.hear().status == 200


@pytest.mark.parametrize("lines", [(VERSION, "Connection: close"), ("GET /api/admin/version HTTP/1.0",)])
def test_who_wants_no_more_is_hung_up_on(talk, lines):
    talk.say(*lines)
    heard = talk.hear()
    assert heard.status == 200
    assert heard.headers["connection"] == "close"
    assert talk.is_over()


def test_another_protocol_is_not_taken_up(talk):
    talk.say(VERSION, "Connection: Upgrade", "Upgrade: h2c")
    assert talk.hear().status == 200
    assert talk.is_over()


@pytest.mark.parametrize("line", ["Content-Length: 5", CHUNKED, f"X: {'x' * 20_000}"])
def test_what_is_no_request_for_a_socket_is_refused_and_hung_up_on(talk, line):
    talk.say(
        "GET /api/events/in HTTP/1.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        line,
    )
    assert talk.hear().status == 400
    assert talk.is_over()


def test_an_address_may_be_whole(talk):
    talk.say(f"GET http://{talk.host}/api/admin/version?x=1 HTTP/1.1")
    assert talk.hear().body == b'"3.8.8"'


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /api/flows/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST /api/flows/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /api/flows/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/flows/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/admin/version HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n",
        b"GET api HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_F23_what_is_no_request_is_refused_and_hung_up_on(talk, said):
    talk.send(said)
    heard = talk.hear()
    assert heard.status == 400
    assert "detail" in json.loads(heard.body)
    assert talk.is_over()


def test_what_came_before_the_nonsense_is_answered(talk):
    talk.send(f"{VERSION}\r\nHost: {talk.host}\r\n\r\n".encode() * 2 + b"nonsense\r\n\r\n")
    assert [talk.hear().status for _ in range(3)] == [200, 200, 400]
    assert talk.is_over()


def test_F23_what_comes_after_the_last_request_is_not_heard(talk, url):
    talk.send(f"GET /nowhere HTTP/1.1\r\nHost: {talk.host}\r\nConnection: close\r\n\r\nnonsense\r\n\r\n".encode())
    assert talk.hear().status == 404
    with Talk(url) as another:  # it had the loop go round for ever
        another.say(VERSION)
        assert another.hear().status == 200


@pytest.mark.parametrize("where", ["header", "headers", "address"])
def test_S17_a_head_without_an_end_is_refused(talk, where):
    long = {
        "header": f"GET / HTTP/1.1\r\nX: {'x' * 400_000}",
        "headers": "GET / HTTP/1.1\r\n" + "X: x\r\n" * 20_000,
        "address": f"GET /{'x' * 70_000}",
    }[where]
    talk.send(long.encode())
    assert talk.hear().status == 431
    assert talk.is_over()


def test_S17_a_body_that_says_it_is_too_large_is_refused_before_it_comes(talk):
    talk.say(FLOWS, f"Content-Length: {100 << 20}")
    assert talk.hear().status == 413


def test_S17_a_body_that_grows_too_large_is_refused_and_the_rest_thrown_away(talk):
    talk.say(FLOWS, CHUNKED)
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    for _ in range(12):
        talk.send(chunk)
    talk.send(b"0\r\n\r\n")
    assert talk.hear().status == 413
    talk.say(VERSION)
    assert talk.hear().status == 200


def test_a_refused_request_changes_nothing_for_the_next(talk):
    talk.say("POST /nowhere HTTP/1.1", "Content-Length: 5", body=b"hello")
    assert talk.hear().status == 404
    talk.say(VERSION)
    assert talk.hear().status == 200


def test_who_leaves_in_the_midst_is_forgotten(url):
    with Talk(url) as leaving:
        leaving.say(FLOWS, "Content-Length: 100", body=b"{")
    with Talk(url) as leaving:
        leaving.say(FLOWS, f"Content-Length: {len(flow('left'))}", body=flow("left"))
    with Talk(url) as talk:
        talk.say(VERSION)
        assert talk.hear().status == 200


def test_who_is_silent_is_hung_up_on(tmp_path):
    settings = Settings(server={"api": {"keepalive_timeout": 1}})
    with SqliteStore.open(tmp_path / "home" / "tidemill.db") as store, serving(store, settings=settings) as url:
        with Talk(url) as talk:
            talk.say(VERSION)
            assert talk.hear().status == 200
            assert talk.is_over()


def test_S17_who_never_comes_to_the_end_of_a_head_is_hung_up_on(talk, monkeypatch):
    monkeypatch.setattr(connection, "_PATIENCE_SECONDS", 1.0)
    talk.send(f"{VERSION}\r\nX: ".encode())
    for _ in range(400):
        if talk.waits(0.05):
            break
        talk.send(b"x")
    else:
        pytest.fail("it is listened to for ever")
    assert talk.is_over()


def test_a_server_that_stops_hangs_up(tmp_path, caplog):
    with SqliteStore.open(tmp_path / "home" / "tidemill.db") as store, ExitStack() as talks:
        with serving(store) as url:
            idle, streaming, slow = (talks.enter_context(Talk(url)) for _ in range(3))
            slow.say(FLOWS, "Expect: 100-continue", "Content-Length: 100")
            assert slow.hear().status == 100
            idle.say(VERSION)
            assert idle.hear().status == 200
            streaming.say("GET /api/tm/live/stream?topics=logs HTTP/1.1")
            heard = streaming.hear()
            assert heard.status == 200
            assert heard.headers["transfer-encoding"] == "chunked"
        assert idle.is_over()
        assert slow.is_over()
        streaming.rest()
    assert "timeout" not in caplog.text  # what has not come whole is not waited for


def test_who_has_said_all_and_listens_still_is_answered(talk):
    talk.send(f"{VERSION}\r\nHost: {talk.host}\r\n\r\n".encode() * 2)
    talk.say_no_more()
    assert [talk.hear().status for _ in range(2)] == [200, 200]
    assert talk.is_over()


def test_a_request_that_breaks_off_is_refused_and_those_before_it_are_answered(talk):
    talk.send(f"{VERSION}\r\nHost: {talk.host}\r\n\r\n".encode())
    talk.say(FLOWS, "Content-Length: 100", body=b"{")
    talk.say_no_more()
    assert [talk.hear().status for _ in range(2)] == [200, 400]
    assert talk.is_over()


def test_who_asks_for_a_socket_ahead_of_an_answer_hears_the_answer(talk):
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"
    head = f"GET /api/events/in HTTP/1.1\r\nHost: {talk.host}\r\n{upgrade}\r\n"
    talk.send(f"{VERSION}\r\nHost: {talk.host}\r\n\r\n{head}".encode())
    assert [talk.hear().status for _ in range(2)] == [200, 400]
    assert talk.is_over()
