"""The served schema document agrees with the contract, and every operation of it is served or waits for its part."""

from __future__ import annotations

import pytest

from tests.contract.rest_survey import contract, differences, survey
from tidemill.api.operations import every_operation
from tidemill.server.serving import every_route


def test_the_served_document_is_the_contracts():
    assert survey() == []


#: Templates come with the automations that use them, in part 4, and with the sandbox that they run in.
LATER = {"POST /automations/templates/validate", "POST /templates/validate"}


def test_every_operation_has_an_answer_or_waits_for_its_part():
    served = {(operation.method, operation.path) for operation, _ in every_route()}

    assert {f"{one.method} {one.path}" for one in every_operation() if (one.method, one.path) not in served} == LATER


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"fields": {"a": {"is": "string"}}, "extra": True}, {"fields": {}, "extra": True}),
        ({"fields": {}, "extra": True}, {"fields": {"a": {"is": "string"}}, "extra": True}),
        ({"fields": {}, "extra": False}, {"fields": {}, "extra": True}),
        ({"fields": {"a": {"is": "string"}}, "extra": True}, {"fields": {"a": {"is": "integer"}}, "extra": True}),
        ({"array": "string"}, {"array": "string uuid"}),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}),
        ("number", "string"),
    ],
)
def test_what_differs_is_seen(theirs, ours):
    assert differences(theirs, ours) != []


def test_the_contract_is_read_whole():
    assert sum(len(methods) for methods in contract()["paths"].values()) == 187
