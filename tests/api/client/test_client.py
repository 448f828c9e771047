"""From operations to requests, and from answers to what operations declare."""

from __future__ import annotations

import msgspec
import pytest

from tests.store.conformance.backends import BACKENDS
from tidemill.api.client.client import Client, target_of
from tidemill.api.client.refused import ConflictError, NotAllowedError, NotThereError, NotValidError, RefusedError
from tidemill.api.client.transport import Reply
from tidemill.api.operation import REQUEST_ID, Tag
from tidemill.api.operations import blocks, variables
from tidemill.server.in_process import InProcess
from tidemill.settings import Settings
from tidemill.system.clock import JumpingClock
from tidemill.wire.variables import Variable, VariableCreate


class Answering:
    """A transport that answers all the same, and remembers what was asked."""

    where = "http://here/api"

    def __init__(self, status: int = 200, body: object = None) -> None:
        self.reply = Reply(
            status, {"content-type": "application/json"}, b"" if body is None else msgspec.json.encode(body)
        )
        self.asked = []

    def send(self, method, target, body, headers):
        self.asked.append((method, target, body, dict(headers)))
        return self.reply

    def close(self):
        pass


@pytest.fixture(params=BACKENDS)
def client(request, tmp_path):
    with BACKENDS[request.param](tmp_path) as store:
        yield Client(InProcess(store, JumpingClock(), Settings()))


def test_what_is_made_is_found_changed_and_deleted(client):
    made = client.ask(variables.CREATE_VARIABLE, body=VariableCreate(name="a", value=1))
    assert isinstance(made, Variable)
    assert client.ask(variables.READ_VARIABLE, id=made.id) == made
    assert client.ask(variables.UPDATE_VARIABLE_BY_NAME, body={"value": 2}, name="a") is None
    assert client.ask(variables.READ_VARIABLE_BY_NAME, name="a").value == 2
    assert client.ask(variables.COUNT_VARIABLES) == 1
    client.ask(variables.DELETE_VARIABLE, id=made.id)
    assert list(client.pages(variables.READ_VARIABLES, limit=None, body={})) == []


def test_refusals_are_errors_by_kind(client):
    client.ask(variables.CREATE_VARIABLE, body={"name": "a", "value": 1})

    with pytest.raises(ConflictError):
        client.ask(variables.CREATE_VARIABLE, body={"name": "a", "value": 1})
    with pytest.raises(NotThereError, match="no variable 'b'"):
        client.ask(variables.READ_VARIABLE_BY_NAME, name="b")
    with pytest.raises(NotValidError, match=r"body\.vlaue"):
        client.ask(variables.CREATE_VARIABLE, body={"name": "b", "vlaue": 1})
    with pytest.raises(NotThereError):
        client.send("GET", "/nowhere")


def test_a_refused_request_changes_nothing(client):
    with pytest.raises(NotValidError):
        client.ask(variables.CREATE_VARIABLE, body={"name": "a"})

    assert client.ask(variables.COUNT_VARIABLES) == 0


def test_pages_are_asked_for_until_there_are_enough(client):
    for number in range(7):
        client.ask(variables.CREATE_VARIABLE, body={"name": f"v{number}", "value": number})

    assert [each.value for each in client.pages(variables.READ_VARIABLES, limit=5, body={})] == [0, 1, 2, 3, 4]
    assert [each.value for each in client.pages(variables.READ_VARIABLES, limit=None, body={"offset": 5})] == [5, 6]


def test_paths_and_queries_are_quoted():
    assert target_of(variables.READ_VARIABLE_BY_NAME, {"name": "a/b c?"}) == "/variables/name/a%2Fb%20c%3F"
    by_rest = Tag("t").get("/files/{path:path}", "x", permission="api:read")
    assert target_of(by_rest, {"path": "a b/c"}) == "/files/a%20b/c"
    query = blocks.ReadBlockDocumentByIdQuery(include_secrets=True)
    assert target_of(blocks.READ_BLOCK_DOCUMENT_BY_ID, {"id": 1}, query) == "/block_documents/1?include_secrets=true"
    with pytest.raises(TypeError, match="needs 'name'"):
        target_of(variables.READ_VARIABLE_BY_NAME, {})


def test_what_changes_something_can_be_sent_again():
    transport = Answering(204)
    client = Client(transport)

    client.ask(variables.DELETE_VARIABLE_BY_NAME, name="a")
    client.ask(variables.COUNT_VARIABLES)

    changing, reading = (headers for _, _, _, headers in transport.asked)
    assert REQUEST_ID in changing
    assert REQUEST_ID not in reading


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, NotAllowedError, "tidemill auth key create"),
        (403, NotAllowedError, "does not let this process in: because"),
        (500, RefusedError, "http://here/api answered 500: because"),
    ],
)
def test_what_a_server_says_no_with(status, kind, said):
    client = Client(Answering(status, {"detail": "because"}))

    with pytest.raises(kind, match=said) as refused:
        client.ask(variables.COUNT_VARIABLES)
    assert refused.value.status == status
    assert refused.value.said == {"detail": "because"}
