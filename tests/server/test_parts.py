"""What deletes much does it part by part, and others have their turn in between."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from tests.server.transactions import transactions_of
from tests.store.conformance.told import Teller

MANY = 250


@pytest.fixture
def flow(store):
    """With more runs than are deleted at once."""
    teller = Teller(store)
    flow = teller.flow()
    for _ in range(MANY):
        teller.flow_run(flow)
    return flow


def in_this_order(client, *requests):
    """Ask all at once, while the writer is busy; in which order they were answered, and with what."""
    client.get("/api/hello")  # that there are no keys is known from now on
    at_work, may_go_on = Event(), Event()
    answered = []

    async def ask(method, path, body):
        answered.append((path, (await client._request(method, path, body, {})).status))

    async def ask_all():
        def busy():
            at_work.set()
            assert may_go_on.wait(30)

        work = client.app._work
        first = work.write(busy)
        await asyncio.to_thread(at_work.wait, 30)
        asked = [asyncio.create_task(ask(*request)) for request in requests]
        for _ in range(5):  # rounds of the loop, until all has been handed over
            await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(first, *asked)

    client.run(ask_all())
    return answered


@pytest.mark.parametrize("how", ["delete", "bulk_delete"])
def test_who_comes_after_a_large_deletion_is_answered_before_it_is_over(client, flow, how):
    delete = {
        "delete": ("DELETE", f"/api/flows/{flow}", b""),
        "bulk_delete": ("POST", "/api/flows/bulk_delete", b"{}"),
    }[how]

    answered = in_this_order(client, delete, ("POST", "/api/variables/", b'{"name": "v", "value": 1}'))

    assert [path for path, _ in answered] == ["/api/variables/", delete[1]]
    assert {status for _, status in answered} <= {200, 201, 204}
    assert client.post("/api/flow_runs/count").body == 0
    assert client.get(f"/api/flows/{flow}").status == 404


def test_who_is_asked_again_under_an_id_goes_on(client, flow):
    began = transactions_of(client.store)

    told = [client.delete(f"/api/flows/{flow}", **{"Tidemill-Request-Id": "1"}).status for _ in range(2)]

    assert told == [204, 204]  # the second answer is the first one's
    assert len(began) > 2


def test_a_bulk_deletion_answers_all_that_it_deleted(client, store):
    teller = Teller(store)
    runs = {teller.flow_run(teller.flow()) for _ in range(3)}
    for run in runs:
        for number in range(400):
            teller.task_run(run, dynamic_key=str(number))

    said = client.post("/api/flow_runs/bulk_delete")

    assert set(said.body["deleted"]) == runs
    assert client.post("/api/task_runs/count").body == 0
