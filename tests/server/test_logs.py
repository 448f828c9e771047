"""What a server says while it runs."""

from __future__ import annotations

import json
import logging

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.serving import serving
from tests.store.conformance.story import Story
from tidemill.domain.api_keys import ApiKey
from tidemill.server.auth.keys import make_key
from tidemill.server.logs import show_logs
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore
from tidemill.system.clock import SystemClock


@pytest.fixture
def loggers():
    """Those that a server shows, as they were, afterwards."""
    kept = [(one, one.handlers, one.propagate, one.level) for one in map(logging.getLogger, ("tidemill", "uvicorn"))]
    yield
    for one, handlers, propagate, level in kept:
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_S3_no_line_has_a_key(tmp_path, capfd, level):
    settings = Settings(server={"logging_level": level})
    show_logs(settings)
    key = make_key(b"k" * 40)
    bearer = {"Authorization": f"Bearer {key.text()}"}
    with SqliteStore.open(tmp_path / "tidemill.db") as store:
        store.put_api_key(ApiKey(id=key.id, name="k", digest=key.digest(), scopes=("admin",), created_us=1))
        with serving(store, settings=settings) as url:
            with connect(f"ws{url[4:]}/events/in", subprotocols=["prefect"], additional_headers=bearer) as socket:
                socket.send(json.dumps({"type": "auth", "token": key.text()}))
                assert json.loads(socket.recv()) == {"type": "auth_success"}
                socket.send("no event")
            for headers in (bearer, {"Authorization": f"Bearer {key.text()[:-1]}"}, {"Authorization": key.text()}):
                httpx.get(f"{url}/flows/x", headers=headers)

    said = capfd.readouterr().err
    assert "An event was passed over" in said
    assert key.text()[len("tmk_") + 17 : -9] not in said


@pytest.mark.usefixtures("loggers")
def test_S3_no_line_has_a_run_token(tmp_path, capfd):
    settings = Settings(server={"logging_level": "DEBUG"})
    show_logs(settings)
    with SqliteStore.open(tmp_path / "tidemill.db") as store, serving(store, settings=settings) as url:
        run = Story(store).alive(SystemClock().now_us() + 20_000_000).running()
        token = httpx.post(f"{url}/tm/flow_runs/{run}/run_token", json={"epoch": 1}).json()["token"]
        for given, body in ((token, {}), (token[:-1], {}), (token, b"{"), (token, {"name": "\ud800"})):
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            httpx.patch(f"{url}/flow_runs/{run}", content=raw, headers={"Authorization": f"Bearer {given}"})
        with connect(f"ws{url[4:]}/events/in", subprotocols=["prefect"]) as socket:
            socket.send(json.dumps({"type": "auth", "token": token}))
            with pytest.raises(ConnectionClosed):
                socket.recv()
        store.end_producer("producer-1", 1)
        ask_until_refused(f"{url}/flow_runs/{run}", {"Authorization": f"Bearer {token}"})

    secret = token.split("_")[5]
    assert secret not in capfd.readouterr().err
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def ask_until_refused(url: str, bearer: dict[str, str]) -> None:
    while httpx.get(url, headers=bearer).status_code != 401:
        pass
