"""F23, S17: what no client should send, over a real socket: answered with a reason, and the server goes on."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from tests.serving import serving
from tidemill.store.sqlite.store import SqliteStore

MIB = 1024 * 1024
PIECE = b"a" * MIB
HUNDRED_MIB = 100


@pytest.fixture(scope="module")
def address():
    with SqliteStore.in_memory() as store, serving(store) as url:
        yield urlsplit(url).netloc


@pytest.fixture
def connection(address):
    connection = http.client.HTTPConnection(address, timeout=60)
    yield connection
    connection.close()


def answered(connection, body):
    """The status and the words; a server may answer, and hang up, before all of it was sent."""
    try:
        connection.request("POST", "/api/flows/", body, {"Content-Type": "application/json"})
    except (BrokenPipeError, ConnectionResetError):
        pass  # what it said is there to be read all the same
    said = connection.getresponse()
    return said.status, said.read().decode()


def pieces():
    yield b'{"name": "'
    for _ in range(HUNDRED_MIB):
        yield PIECE
    yield b'"}'


def test_f23_a_hundred_megabytes_are_refused_by_what_is_said_of_them(connection, address):
    connection.putrequest("POST", "/api/flows/")
    connection.putheader("Content-Length", str(HUNDRED_MIB * MIB))
    connection.endheaders(PIECE)  # the answer comes long before the rest

    said = connection.getresponse()

    assert said.status == 413
    assert b"The body is larger than 8 MiB" in said.read()
    assert is_well(address)


def test_f23_a_hundred_megabytes_that_nobody_announced_are_refused_on_the_way(connection, address):
    try:
        status, words = answered(connection, pieces())
    except ConnectionError:
        pass  # the server had hung up; that it was not swallowed is seen by that
    else:
        assert status == 413
        assert "larger than 8 MiB" in words
    assert is_well(address)


BODIES = {
    "a lone surrogate": (b'{"name": "\\ud800"}', {201, 422}),
    "a lone surrogate in UTF-8": (b'{"name": "\xed\xa0\x80"}', {422}),
    "NUL": (b'{"name": "a\\u0000b"}', {201, 422}),
    "NUL in a key": (b'{"name": "n", "labels": {"a\\u0000": 1}}', {201, 422}),
    "NUL as it is": (b'{"name": "a\x00b"}', {422}),
    "lists in lists": (b'{"name": "n", "tags": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {422}),
    "objects in objects": (b'{"labels": ' * 100_000 + b"1" + b"}" * 100_000, {422}),
    "lists that never end": (b"[" * 1_000_000, {422}),
    "a huge integer": (b'{"name": "n", "labels": {"a": ' + b"9" * 100_000 + b"}}", {422}),
    "beyond a float": (b'{"name": "n", "labels": {"a": 1e999999}}', {422}),
    "a number that is none": (b'{"name": "n", "labels": {"a": NaN}}', {422}),
    "beyond 64 bits": (b'{"name": "n", "labels": {"a": 123456789012345678901234567890}}', {201, 422}),
    "nothing": (b"", {422}),
    "no JSON": (b"\xff\xfe\x00", {422}),
}


@pytest.mark.parametrize("kind", BODIES)
def test_f23_a_strange_body_is_taken_or_refused_with_a_reason(connection, address, kind):
    body, expected = BODIES[kind]

    status, words = answered(connection, body)

    assert status in expected, words[:300]
    assert status == 201 or '"exception_detail":[{' in words
    assert is_well(address)


def is_well(address) -> bool:
    other = http.client.HTTPConnection(address, timeout=10)
    try:
        other.request("GET", "/api/health")
        return other.getresponse().status == 200
    finally:
        other.close()
