"""Nothing but health is answered without the guard's leave, whatever the path looks like."""

from __future__ import annotations

import re

import pytest

from tests.server.client import Client
from tests.server.http.talk import Talk
from tests.server.routes.runs import NOWHERE
from tests.serving import serving
from tidemill.api.operation import OPEN
from tidemill.server.http.heads import ALWAYS
from tidemill.server.listening import api_url
from tidemill.server.serving import every_route
from tidemill.settings import Settings
from tidemill.store.sqlite.store import SqliteStore

ELSEWHERE = {"origin": "https://evil.example"}
REQUESTS = [
    (
        operation.method,
        "/api" + operation.path.replace(":uuid", "").replace(":path", "").replace("{", "").replace("}", ""),
    )
    for operation, _ in every_route()
    if operation.permission != OPEN
]


@pytest.fixture
def locked(store):
    """A server that lets nobody in without user and password."""
    client = Client(store, Settings(server={"api": {"auth_string": "user:password"}}))
    yield client
    client.close()


def test_every_route_asks_who_it_is(locked):
    assert {(method, path, locked.request(method, path).status) for method, path in REQUESTS} == {
        (method, path, 401) for method, path in REQUESTS
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/variables/name/health",
        "/api/variables/name/ready",
        "/api//health",
        "/api/health//",
        "/api/x/../health",
        "/api/variables/name/%2fapi%2fhealth",
        "/api/variables/name/a%2f..%2f..%2fhealth",
        "/API/health",
    ],
)
def test_a_path_that_only_looks_open_is_not(locked, path):
    assert locked.get(path).status in (401, 404)


@pytest.mark.parametrize("path", ["/tm", "tm", "/tm/", "/deep/er/", "/"])
def test_the_api_is_where_the_settings_say(store, path):
    settings = Settings(server={"api": {"base_path": path}})
    client = Client(store, settings)
    url = api_url("127.0.0.1", 1, settings)

    said = client.get(f"{url.removeprefix('http://127.0.0.1:1')}/admin/version")
    elsewhere = client.get("/api/admin/version")

    client.close()
    assert (said.status, said.body) == (200, "3.8.8")
    assert elsewhere.status == 404


def test_who_says_the_password_gets_in(locked):
    assert locked.post("/api/variables/count", authorization="Basic dXNlcjpwYXNzd29yZA==").status == 200
    assert locked.post("/api/variables/count", authorization="Basic dXNlcjp3cm9uZw==").status == 401


def test_a_page_of_another_origin_changes_nothing(client):
    assert client.post("/api/variables/", {"name": "a", "value": 1}, **ELSEWHERE).status == 403
    assert client.post("/api/variables/", {"name": "a", "value": 1}, host="evil.example").status == 421
    assert client.post("/api/variables/count").body == 0


def test_under_another_name_than_this_machines_nobody_is_the_local_admin(store):
    client = Client(store, Settings(server={"api": {"allowed_hosts": "tide.example.com"}}))

    through_a_silent_proxy = client.post("/api/variables/", {"name": "a", "value": 1}, host="tide.example.com")
    here = client.post("/api/variables/count", host="localhost:4200")

    client.close()
    assert through_a_silent_proxy.status == 401
    assert "tidemill auth key create" in through_a_silent_proxy.body["exception_message"]
    assert (here.status, here.body) == (200, 0)


def test_a_browser_that_asks_whether_it_may_is_told_no(client):
    said = client.request("OPTIONS", "/api/variables/", headers=ELSEWHERE | {"access-control-request-method": "POST"})

    assert said.status == 403
    assert "access-control-allow-origin" not in said.headers


def test_S7_every_answer_forbids_guessing_framing_keeping_and_scripts(client):
    for method, path in [*REQUESTS, ("GET", "/api/health"), ("GET", "/docs"), ("PUT", "/nothing")]:
        said = client.request(method, path + "?topics=none" * (path == "/api/tm/live/stream")).headers

        assert said["x-content-type-options"] == "nosniff", (method, path)
        assert said["x-frame-options"] == "DENY", (method, path)
        assert said["cache-control"] == "no-store", (method, path)
        assert said["referrer-policy"] == "no-referrer", (method, path)
        assert said["cross-origin-opener-policy"] == "same-origin", (method, path)
        assert said["cross-origin-resource-policy"] == "same-origin", (method, path)
        assert said["content-security-policy"].startswith("default-src 'none'; "), (method, path)
        assert "frame-ancestors 'none'" in said["content-security-policy"], (method, path)
        assert "script-src" not in said["content-security-policy"], (method, path)


def test_S7_so_it_is_on_the_wire(tmp_path):
    with SqliteStore.open(tmp_path / "tidemill.db") as store, serving(store) as url, Talk(url) as talk:
        for path in ("/docs", "/api/hello", "/nothing", "/api/tm/live/stream"):
            talk.say(f"GET {path} HTTP/1.1")

            assert {name.encode() for name in talk.hear().headers} >= {name for name, _ in ALWAYS}, path


def test_S17_a_large_body_is_refused_before_it_is_read(client):
    said = client.request("POST", "/api/variables/", b"x", {"content-length": str(100 * 1024 * 1024)})

    assert said.status == 413
    assert "8 MiB" in said.body["detail"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"name": "a", "value": ' + b"[" * 70 + b"]" * 70 + b"}", "64 levels"),
        (b'{"name": "a", "value": NaN}', "JSON"),
        (b'{"name": "a", "value": Infinity}', "JSON"),
    ],
)
def test_S17_what_is_nested_too_deeply_or_no_number_is_refused(client, body, why):
    said = client.post("/api/variables/", body)

    assert said.status == 422
    assert why in said.body["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "where"),
    [
        ("POST", "/api/flow_runs/", {"flow_id": NOWHERE}, ["body", "parameters"]),
        ("PATCH", f"/api/flow_runs/{NOWHERE}", {}, ["body", "parameters"]),
        ("POST", "/api/deployments/", {"name": "d", "flow_id": NOWHERE}, ["body", "parameters"]),
        ("PATCH", f"/api/deployments/{NOWHERE}", {}, ["body", "parameters"]),
        ("POST", f"/api/deployments/{NOWHERE}/create_flow_run", {}, ["body", "parameters"]),
        ("POST", f"/api/deployments/{NOWHERE}/create_flow_run/bulk", [{}], ["body", 1, "parameters"]),
    ],
)
def test_S17_parameters_have_512_kib_at_most(client, method, path, body, where):
    def sent(size):
        parameters = {"parameters": {"a": "x" * size}}
        return client.request(method, path, [*body, parameters] if isinstance(body, list) else body | parameters)

    assert sent(524_288 - len('{"a":""}')).status == 404
    said = sent(524_288)
    assert said.status == 422
    assert said.body["exception_detail"][0]["loc"] == where


def test_S17_a_page_has_200_items_at_most(client):
    assert client.post("/api/flow_runs/filter", {"limit": 201}).status == 422
    assert client.post("/api/flow_runs/filter", {"limit": 200}).status == 200


def test_S18_a_fault_of_ours_is_told_by_its_number_and_nothing_else(caplog, tmp_path):
    store = SqliteStore.open(tmp_path / "tidemill.db")
    client = Client(store)
    store.close()

    said = client.get("/api/variables/name/a")

    client.close()
    assert said.status == 500
    assert set(said.body) == {"detail", "exception_message"}
    (incident,) = re.findall(r"incident (\w+)", said.body["detail"])
    assert incident in caplog.text
    assert "Traceback" not in str(said.body)
    assert str(tmp_path) not in str(said.body)


def test_S18_every_refusal_has_one_form(client):
    refused = [
        client.get("/api/nothing"),
        client.put("/api/variables/", {}),
        client.get("/api/variables/name/none"),
        client.post("/api/variables/", {"name": 1}),
        client.post("/api/variables/", b"x", origin="https://evil.example"),
    ]

    assert [said.status for said in refused] == [404, 405, 404, 422, 403]
    assert all({"detail", "exception_message"} <= set(said.body) for said in refused)
