"""How many statements each operation says to its database, and that it says no more where there is more to find."""

from __future__ import annotations

import pytest

from tests.server.samples import REFUSED, every_sample
from tests.server.world import a_world
from tidemill.store.sqlite.session import SqliteSession

READS, WRITES = 4, 8
#: Those that may say more, each with the reason.
MORE: dict[str, tuple[int, str]] = {
    "POST /block_documents/": (11, "type, schema and references are looked up; it is made, and told of in three"),
    "PATCH /block_documents/{id:uuid}": (13, "the document is read, parted, sealed, put together again and told of"),
    "DELETE /artifacts/{id:uuid}": (10, "the version before it becomes the latest of its key, which is told of"),
    "GET /block_types/slug/{slug}/block_documents": (5, "type, documents, schemas, references and secrets"),
    "POST /block_types/install_system_block_types": (10, "eight types come with the server"),
    "POST /deployments/{id:uuid}/create_flow_run/bulk": (20, "two runs are made, five statements each"),
    "POST /deployments/": (10, "flow, pool and queue are looked up; it is made, answered, and told of in three"),
    "PATCH /deployments/{id:uuid}": (12, "as above, and runs that wait are withdrawn"),
    "DELETE /deployments/{id:uuid}": (10, "runs that wait, schedules and limits go with it"),
    "POST /deployments/bulk_delete": (14, "as above, when the runs that wait are gone, which is looked for twice"),
    "POST /deployments/{id:uuid}/pause_deployment": (12, "runs that wait are withdrawn"),
    "POST /deployments/{id:uuid}/resume_deployment": (9, "as above"),
    "DELETE /flow_runs/{id:uuid}": (12, "one for each table that speaks of runs, and those below them are found"),
    "POST /flow_runs/bulk_delete": (12, "as above"),
    "POST /tm/store/delete_flow_run": (12, "as above"),
    "DELETE /flows/{id:uuid}": (17, "as above, what belongs to its deployments, and it is told of"),
    "POST /flows/bulk_delete": (17, "as above"),
    "POST /work_pools/{work_pool_name}/queues": (9, "priorities are kept distinct"),
    "POST /work_queues/": (10, "the pool of queues without one is made"),
}
MANY = 50


@pytest.fixture
def said(monkeypatch):
    """The statements since it was cleared."""
    statements = []
    for way in ("execute", "executemany", "tell"):
        original = getattr(SqliteSession, way)

        def counting(self, sql, *bindings, original=original):
            statements.append(sql)
            return original(self, sql, *bindings)

        monkeypatch.setattr(SqliteSession, way, counting)
    return statements


def statements_for(name, runs, said):
    """What is said for the sample of an operation, where there are so many runs; it is answered as it should be."""
    with a_world(runs) as world:
        world.client.get("/api/hello")  # the guard asks once a second whether there are keys
        said.clear()
        answered = world.ask(name, every_sample()[name])
        assert answered.status in ({REFUSED[name]} if name in REFUSED else range(200, 300)), answered
        return list(said)


@pytest.mark.parametrize("name", every_sample())
def test_an_operation_keeps_to_its_budget_however_much_there_is(name, said):
    with_one = statements_for(name, 1, said)
    with_many = statements_for(name, MANY, said)

    budget = MORE[name][0] if name in MORE else WRITES if name in every_sample(writes=True) else READS
    assert len(with_one) <= budget, with_one
    assert len(with_many) <= len(with_one), with_many
