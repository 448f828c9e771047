"""Requests made up from the served schema document, and nasty ones (F23): no answer is the server's fault, and none of the
refused changes anything.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.client import Client
from tests.store.conformance.backends import FRESH
from tidemill.server.openapi import document
from tidemill.server.serving import every_route

#: A stream has no end, so nobody waits for it here.
OPERATIONS = tuple(operation for operation, _ in every_route() if not operation.path.endswith("/stream"))
NASTY = [
    b"", b"null", b"0", b'""', b"[]", b"{}", b"{", b'{"a":', b"\xff\xfe", b'{"name": "\\ud800"}', b'{"name": "\\u0000"}',
    b"[" * 5_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b"1e999", b'{"limit": 1e999}', b'{"limit": NaN}',
    b'{"limit": 123456789012345678901234567890}', b'{"offset": -1}', b'{"name": ' + b"9" * 5_000 + b"}",
    b'{"name": "' + b"a" * 100_000 + b'"}', b'{"name": "a", "name": "b"}', b'{"sort": "NO_SUCH"}',
]  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.thorough)])
def client(request):
    with FRESH[request.param]() as store:
        client = Client(store)
        yield client
        client.close()


def schema():
    return schemathesis.openapi.from_dict(json.loads(document("/api", OPERATIONS)))


def sent(client, case):
    """Send what schemathesis made up."""
    path = case.operation.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    if case.query:
        path += "?" + urlencode({name: str(value) for name, value in case.query.items()})
    body = case.body
    try:
        raw = b"" if isinstance(body, schemathesis.core.NotSet) else json.dumps(body).encode()
    except (TypeError, ValueError):
        raw = repr(body).encode()
    return client.request(case.method, path, raw)


@pytest.mark.faults
def test_F23_no_request_that_follows_the_document_is_the_servers_fault(client, full_faults, record_property):
    asked = 0
    for place, found in enumerate(schema().get_all_operations()):
        if full_faults or place % 40 == 0:
            asked += fuzzed(client, found.ok(), examples=40 if full_faults else 2)
    record_property("faults:fuzzed requests", asked)


def fuzzed(client, operation, *, examples):
    """How many were made up; of an operation that takes nothing there is only one."""
    answered = []

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @given(case=operation.as_strategy())
    def asked(case):
        said = sent(client, case)
        assert said.status < 500, (operation.label, case.body, case.query, said.body)
        answered.append(said.status)

    asked()
    return len(answered)


@pytest.mark.faults
def test_F23_nasty_bodies_are_refused_with_a_reason(client, record_property):
    taking = [operation for operation in OPERATIONS if operation.body is not None]
    record_property("faults:fuzzed requests", len(taking) * len(NASTY))
    for operation in taking:
        path = "/api" + operation.path.replace("{id:uuid}", "00000000-0000-4000-8000-000000000000")
        for body in NASTY:
            said = client.request(operation.method, quote(path, safe="/"), body)
            assert said.status < 500, (operation.method, path, body[:60], said)


@given(
    path=st.text(max_size=60), method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_F23_any_path_is_answered(client, path, method):
    assert client.request(method, "/api/" + quote(path, safe="/%"), b"").status < 500
