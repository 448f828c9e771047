"""Requests are sent again while the server is away; what changes something counts once; CSRF tokens come when asked for."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings

import httpx
import pytest

from tests.client.forms import FORMS
from tests.serving import serving
from tidemill.api.client.patient import PatientCaller
from tidemill.api.operation import REQUEST_ID
from tidemill.client.orchestration import SyncTidemillClient, TidemillClient
from tidemill.exceptions import ConfigurationError, TidemillHTTPStatusError
from tidemill.settings import temporary_settings
from tidemill.system.clock import JumpingClock


class Answers:
    """Answers with what it was given, in turn; the last for ever."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.clock = JumpingClock(0)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = (*answer, {}, "x")[:3] if isinstance(answer, tuple) else (answer, {}, "x")
        return httpx.Response(status, headers=headers, json=body)

    def client(self, form):
        return FORMS[form](
            "http://server/api",
            httpx_settings={"transport": httpx.MockTransport(self), "clock": self.clock},
        )


@pytest.fixture(params=FORMS)
def form(request):
    return request.param


@pytest.mark.parametrize("away", [408, 429, 502, 503, 504, httpx.ConnectError("no"), httpx.ReadTimeout("late")])
def test_a_server_that_is_away_is_asked_again(form, away):
    server = Answers(away, away, 200)

    with server.client(form) as client:
        assert client.hello().status_code == 200

    assert len(server.asked) == 3
    assert 0 < server.clock.monotonic() < 1


def test_it_is_asked_as_often_as_the_settings_say(form):
    server = Answers(503)

    with temporary_settings({"TIDEMILL_CLIENT_MAX_RETRIES": 2}), server.client(form) as client:
        with pytest.raises(TidemillHTTPStatusError):
            client.hello()

    assert len(server.asked) == 3


def test_a_connection_that_never_comes_raises_what_httpx_raises(form):
    server = Answers(httpx.ConnectError("no"))

    with server.client(form) as client, pytest.raises(httpx.ConnectError):
        client.hello()


def test_it_waits_for_as_long_as_the_server_asks_and_says_so(form, caplog):
    server = Answers((429, {"Retry-After": "30"}), 200)

    with server.client(form) as client:
        client.hello()

    assert 30 <= server.clock.monotonic() < 40
    assert "http://server/api/hello cannot answer now; it is asked again in 3" in caplog.text


def test_further_codes_may_count_as_away(form):
    server = Answers(418, 200)

    with temporary_settings({"TIDEMILL_CLIENT_RETRY_EXTRA_CODES": "418"}), server.client(form) as client:
        client.hello()

    assert len(server.asked) == 2


@pytest.mark.parametrize("refusal", [400, 404, 409, 422, 423, 500])
def test_a_refusal_is_not_asked_again(form, refusal):
    server = Answers((refusal, {}, {"detail": "because"}))

    with server.client(form) as client, pytest.raises(httpx.HTTPStatusError, match="because"):
        client.read_variable_by_name("x") if refusal != 404 else client.read_flow_by_name("x")

    assert len(server.asked) == 1


def test_a_change_keeps_its_id_when_it_is_sent_again(form):
    server = Answers(503, httpx.ReadError("gone"), 200)

    with server.client(form) as client:
        client.delete_variable_by_name("x")
        client.delete_variable_by_name("x")

    ids = [request.headers[REQUEST_ID] for request in server.asked]
    assert ids[0] == ids[1] == ids[2] != ids[3]


def test_a_question_has_no_id(form):
    server = Answers(200)

    with server.client(form) as client:
        client.hello()

    assert REQUEST_ID not in server.asked[0].headers


def csrf_server(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/csrf-token"):
        token = {"token": "t-" + request.url.params["client"], "expiration": "2030-01-01T00:00:00Z"}
        return httpx.Response(200, json=token)
    said = request.headers.get("Tidemill-Csrf-Token")
    if request.method != "GET" and said != "t-" + request.headers.get("Tidemill-Csrf-Client", ""):
        return httpx.Response(403, json={"detail": "a CSRF token must come with this request"})
    return httpx.Response(200, json="x")


def test_a_csrf_token_is_fetched_when_the_server_wants_one_and_kept(form):
    asked = []

    def server(request):
        asked.append(request.url.path.rpartition("/")[2])
        return csrf_server(request)

    options = {"transport": httpx.MockTransport(server), "clock": JumpingClock(0)}
    with FORMS[form]("http://server/api", httpx_settings=options) as client:
        client.delete_variable_by_name("x")
        client.delete_variable_by_name("y")

    assert asked == ["x", "csrf-token", "x", "y"]


def test_without_csrf_support_the_refusal_stands(form):
    options = {"transport": httpx.MockTransport(csrf_server), "enable_csrf_support": False}

    with FORMS[form]("http://server/api", httpx_settings=options) as client:
        with pytest.raises(TidemillHTTPStatusError, match="CSRF"):
            client.delete_variable_by_name("x")


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"api_key": "k"}, "Bearer k"),
        ({"auth_string": "user:pass"}, "Basic dXNlcjpwYXNz"),
        ({}, "Bearer from-settings"),
    ],
)
def test_who_asks_says_so(form, options, header):
    server = Answers(200)
    settings = {"transport": httpx.MockTransport(server)}

    with temporary_settings({"TIDEMILL_API_KEY": "from-settings"}):
        with FORMS[form]("http://server/api", httpx_settings=settings, **options) as client:
            client.hello()

    assert server.asked[0].headers["Authorization"] == header


def test_what_is_for_the_server_of_the_settings_goes_to_no_other(form):
    server = Answers(200)
    settings = {"transport": httpx.MockTransport(server)}
    chosen = {"TIDEMILL_API_URL": "http://ours/api", "TIDEMILL_API_KEY": "for-ours"}

    with temporary_settings(chosen):
        for url in ("http://ours/api/", "http://elsewhere/api"):
            with FORMS[form](url, httpx_settings=settings) as client:
                client.hello()

    assert [request.headers.get("Authorization") for request in server.asked] == ["Bearer for-ours", None]


def test_what_is_asked_for_as_a_stream_is_asked_again_too():
    closed = []

    class Part(httpx.SyncByteStream):
        def __iter__(self):
            yield b"no csrf token came"

        def close(self):
            closed.append(True)

    answers = [
        httpx.Response(503, stream=Part()),
        httpx.Response(403, stream=Part()),
        httpx.Response(200, stream=Part()),
    ]
    transport = httpx.MockTransport(lambda request: token(request) or answers.pop(0))

    def token(request):
        said = {"token": "t", "expiration": "2030-01-01T00:00:00Z"}
        return httpx.Response(200, json=said) if request.url.path.endswith("/csrf-token") else None

    with PatientCaller(
        transport=transport, clock=JumpingClock(0), enable_csrf_support=True, base_url="http://x"
    ) as client:
        with client.stream("POST", "/") as answer:
            assert len(closed) == 2
            assert answer.read() == b"no csrf token came"

    assert not answers


def test_a_client_may_be_used_on_one_event_loop_after_another(store):
    with serving(store) as url, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of connections whose loop went without closing them
        client = TidemillClient(url)
        asked = [asyncio.run(client.request("GET", "/hello")).status_code for _ in range(3)]
        del client
        gc.collect()

    assert asked == [200, 200, 200]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_has_connections_of_its_own(store):
    with serving(store) as url, SyncTidemillClient(url) as client:
        client.hello()
        (before,) = client._client._transport._pool.connections
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            status = client.hello().status_code
            mine = before not in client._client._transport._pool.connections
            os.write(writing, f"{status} {mine}".encode())
            os._exit(0)
        os.waitpid(child, 0)
        client.hello()
        assert client._client._transport._pool.connections == [before]

    assert os.read(reading, 100) == b"200 True"


def test_blocks_of_one_client_may_be_within_each_other(form):
    server = Answers(200)

    client = server.client(form)
    if form == "sync":
        with client:
            with client:
                client.hello()
            client.hello()
        with pytest.raises(RuntimeError, match="get_client"), client:
            pass
    else:
        asyncio.run(within_each_other(client.client))

    assert len(server.asked) == 2


async def within_each_other(client):
    async with client:
        async with client:
            await client.hello()
        await client.hello()
    with pytest.raises(RuntimeError, match="get_client"):
        await client.__aenter__()


def test_a_page_for_people_is_no_answer(form):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, html="<h1>Welcome</h1>"))

    with FORMS[form]("http://server/api", httpx_settings={"transport": transport}) as client:
        with pytest.raises(ConfigurationError, match=r"is no address of a tidemill server: .*text/html"):
            client.read_flows()
