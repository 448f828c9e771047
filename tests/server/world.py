"""The small world in which each sample succeeds: one of each kind of thing, made through the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from tests.server.bodies import AN_ID, AUTOMATION, HAPPENED, NOW, PRODUCER, SCHEDULE, STORING, slots
from tests.server.client import Client
from tests.server.samples import BATCH, Sample
from tests.store.conformance.backends import FRESH
from tests.store.conformance.story import Story, line
from tidemill.store.sqlite.store import SqliteStore


class Image(NamedTuple):
    """A world that was put away."""

    database: bytes
    ids: dict[str, str]
    batch: dict[str, Any]


@cache
def image_of(runs: int = 1) -> Image:
    """A world with so many runs; it is made once, since most tests want one of their own."""
    with SqliteStore.in_memory() as store:
        client = Client(store)
        try:
            return World(client, runs=runs).image()
        finally:
            client.close()


@contextmanager
def a_world(runs: int = 1, dialect: str = "sqlite") -> Iterator[World]:
    """A world of one's own; of SQLite, in memory, it is a copy of one that was made before."""
    with FRESH[dialect]() as store:
        client = Client(store)
        try:
            yield World.in_(client, image_of(runs)) if dialect == "sqlite" else World(client, runs=runs)
        finally:
            client.close()


class World:
    """One of each kind of thing, made through ``client``; ``runs`` of those that may be many."""

    def __init__(self, client, *, runs: int = 1) -> None:
        self.client = client
        self.ids: dict[str, str] = {}
        self._set_up()
        for number in range(runs):
            self._run(number)
        self._embedded()

    @classmethod
    def in_(cls, client, image: Image) -> World:
        """A world as it was kept, in the empty store of ``client``."""
        client.store._connections._connection.deserialize("main", image.database)
        world = cls.__new__(cls)
        world.client, world.ids, world._batch = client, image.ids, image.batch
        return world

    def image(self) -> Image:
        """This world as it is now; of a store in memory."""
        return Image(self.client.store._connections._connection.serialize("main"), self.ids, self._batch)

    def ask(self, name: str, sample: Sample, **headers: str):
        """Ask a sample, of the operation ``METHOD /path``."""
        return self.client.request(name.partition(" ")[0], *self.request(sample), headers)

    def request(self, sample: Sample) -> tuple[str, Any]:
        """Path and body, with the ids of this world."""
        return f"/api{self._filled(sample.path)}", self._filled(sample.body)

    def _filled(self, value: Any) -> Any:
        if value == BATCH:
            return self._batch
        if isinstance(value, str):
            return re.sub(r"@(\w+)", lambda found: self.ids[found[1]], value)
        if isinstance(value, dict):
            return {self._filled(name): self._filled(one) for name, one in value.items()}
        return [self._filled(one) for one in value] if isinstance(value, list) else value

    def _post(self, path: str, body: Any, method: str = "POST") -> Any:
        said = self.client.request(method, *self.request(Sample(path, body)))
        assert said.status < 300, (path, said)
        return said.body

    def _made(self, name: str, path: str, body: Any, method: str = "POST") -> Any:
        made = self._post(path, body, method)
        self.ids[name] = made["id"]
        return made

    def _set_up(self) -> None:
        self._made("flow", "/flows/", {"name": "etl"})
        self._made("pool", "/work_pools/", {"name": "pool", "type": "process"})
        self._made("queue", "/work_pools/pool/queues", {"name": "queue"})
        self._made("loose", "/work_queues/", {"name": "loose"})
        self._post("/work_pools/pool/workers/heartbeat", {"name": "worker"})
        self._post("/v2/concurrency_limits/", {"name": "limit", "limit": 5})
        self._made("limit", "/v2/concurrency_limits/", {"name": "other-limit", "limit": 5})
        taken = self._post("/v2/concurrency_limits/increment-with-lease", {"names": ["limit"], "slots": 1})
        self.ids["lease"] = taken["lease_id"]
        self._made("tag_limit", "/concurrency_limits/", {"tag": "tag", "concurrency_limit": 3})
        deployment = {"name": "nightly", "flow_id": "@flow", "work_pool_name": "pool", "schedules": [SCHEDULE]}
        self.ids["schedule"] = self._made("deployment", "/deployments/", deployment)["schedules"][0]["id"]
        self._made("variable", "/variables/", {"name": "var", "value": 1})
        self._made("block_type", "/block_types/", {"name": "Sample", "slug": "sample"})
        fields = {"title": "Sample", "type": "object", "properties": {"plain": {"type": "string"}}}
        schema = self._made("schema", "/block_schemas/", {"block_type_id": "@block_type", "fields": fields} | STORING)
        self.ids["checksum"] = schema["checksum"]
        document = {"name": "doc", "data": {"plain": "x"}, "block_type_id": "@block_type", "block_schema_id": "@schema"}
        self._made("document", "/block_documents/", document)
        self._made("search", "/saved_searches/", {"name": "search"}, "PUT")
        self._made("automation", "/automations/", AUTOMATION | {"name": "automation"})

    def _run(self, number: int) -> None:
        """A run that is at work, with all that belongs to one; one that waits for its worker, and one for a person."""
        run = self._made("run", "/flow_runs/", {"flow_id": "@flow", "name": f"run-{number}", "tags": ["tag"]})
        self._post("/flow_runs/@run/set_state", {"state": {"type": "RUNNING"}})
        self.ids["run_state"] = self.client.get(f"/api/flow_runs/{run['id']}").body["state_id"]
        task = {"flow_run_id": "@run", "task_key": "t", "dynamic_key": "0", "state": {"type": "PENDING"}}
        self.ids["task_state"] = self._made("task_run", "/task_runs/", task)["state_id"]
        self._post("/deployments/@deployment/create_flow_run", {"idempotency_key": f"{number}"})
        self._made("paused", "/flow_runs/", {"flow_id": "@flow", "state": {"type": "RUNNING"}})
        details = {"pause_timeout": "2024-01-01T00:00:00Z"}
        self._post("/flow_runs/@paused/set_state", {"state": {"type": "PAUSED", "state_details": details}})
        self._post("/flow_runs/@run/input", {"key": "key", "value": "1"})
        self._made("artifact", "/artifacts/", {"key": "a-key", "type": "markdown", "data": "x", "flow_run_id": "@run"})
        logged = {"name": "l", "level": 20, "message": "m", "timestamp": "2023-11-14T22:00:00Z", "flow_run_id": "@run"}
        self._post("/logs/", [logged])
        events = [HAPPENED | {"id": str(UUID(int=10 * number + part))} for part in range(2)]
        self._post("/events", events)

    def _embedded(self) -> None:
        """A run of a process that writes a journal."""
        page = self._post("/events/filter", {"limit": 1})
        self.ids["page_token"] = page["next_page"].partition("page-token=")[2]
        self._post("/tm/store/register_producer", {"producer": PRODUCER})
        story = Story(self.client.store, "process")
        self.ids["embedded"] = story.running("embedded")
        batch = story.batch(line(self.ids["embedded"], "said"))
        self._batch = {
            "producer": batch.producer,
            "first_seq": batch.first_seq,
            "last_seq": batch.last_seq,
            "roots": batch.roots,
            "entries": [[kind, msgspec.json.decode(entry)] for kind, entry in batch.payloads],
        }
        limit = {"name": "held", "limit": 2, "active_slots": 0, "id": f"{AN_ID}9"}
        moments = {"created": "2023-11-14T22:00:00Z", "updated": "2023-11-14T22:00:00Z"}
        self._post("/tm/store/create_limit", {"limit": limit | moments, "now": NOW})
        self._post("/tm/store/acquire_slots", {"request": slots("held", f"{AN_ID}3")})
        given = {"id": f"{AN_ID}4", "flow_run_id": "@embedded", "key": "key", "value": "1"}
        self._post("/tm/store/put_flow_run_input", {"given": given | {"created": "2023-11-14T22:00:00Z"}})
