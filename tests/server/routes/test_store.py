"""What processes elsewhere say of themselves."""

from __future__ import annotations

import pytest

from tests.server.routes.runs import where


@pytest.mark.parametrize("id_", ["", "../../x", "/x", "a.b", "x" * 201, "é"])
def test_a_producer_has_an_id_that_a_file_may_be_named_after(client, id_):
    batch = {"producer": id_, "first_seq": 1, "last_seq": 0, "roots": {}, "entries": []}

    told, registered = (
        client.post("/api/tm/journal", batch),
        client.post("/api/tm/store/register_producer", {"producer": {"id": id_}}),
    )

    assert (told.status, registered.status) == (422, 422)
    assert where(told) == [["body", "producer"]]
    assert where(registered) == [["body", "producer", "id"]]
    assert client.store.producers_not_ended() == []
