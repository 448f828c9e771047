"""A valid request for every operation, and the small world in which each of them succeeds.

``World`` sets up one of each kind of thing and knows the ids; ``SAMPLES`` says what is asked, ``@name`` standing for an
id of the world. Each sample is valid in a world in which no other was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from tests.server.client import Client
from tests.store.conformance.backends import FRESH
from tests.store.conformance.story import Story, line
from tidemill.server.serving import every_route
from tidemill.store.sqlite.store import SqliteStore

NOW = 1_700_000_000_000_000
DAY = {"history_start": "2023-11-14T00:00:00Z", "history_end": "2023-11-15T00:00:00Z", "history_interval_seconds": 3600}
EVENT = {"type": "event", "posture": "Reactive", "expect": ["prefect.flow-run.Failed"], "within": 30}
AUTOMATION = {"name": "other", "trigger": EVENT, "actions": [{"type": "do-nothing"}]}
SCHEDULE = {"active": True, "schedule": {"interval": 3600, "anchor_date": "2023-01-01T00:00:00Z"}}
PRODUCER = {"id": "process", "host": "here", "pid": 1, "beat_us": NOW, "lease_until_us": NOW + 20_000_000}
AN_ID = "7d3c1f8e-0000-4000-8000-00000000000"
HAPPENED = {
    "id": f"{AN_ID}1",
    "occurred": "2023-11-14T22:00:00Z",
    "event": "something.happened",
    "resource": {"prefect.resource.id": "a.thing"},
    "payload": {},
}
LIMIT = {"id": f"{AN_ID}2", "name": "new", "limit": 2, "active_slots": 0, "created": "2023-11-14T22:00:00Z"}
_STORING = {"capabilities": ["read-path", "write-path"]}
#: Stands for the next batch of the world's process.
BATCH = "the batch"


class Sample(NamedTuple):
    """What is asked, with ``@name`` for ids. ``body`` None: none is sent."""

    path: str
    body: Any = None


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
        schema = self._made("schema", "/block_schemas/", {"block_type_id": "@block_type", "fields": fields} | _STORING)
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


def slots(name: str, lease: str) -> dict[str, Any]:
    """A request of a process for slots."""
    return {
        "lease_id": lease,
        "names": [name],
        "slots": 1,
        "holder": "process",
        "now": NOW,
        "lease_until": NOW + 10_000_000,
    }


_OF_RUNS = {"flow_runs": {"id": {"any_": ["@run"]}}}
_ENDED = {"id": f"{AN_ID}5", "type": "FAILED", "name": "Failed", "timestamp": "2023-11-14T22:30:00Z"}
_RUN = {"flow_run_id": "@embedded"}

#: By method and path of the operation; what is left out is asked at its own path with nothing said.
SAMPLES: dict[str, Sample] = {
    "PUT /admin/storage": Sample("/admin/storage", {"default_result_storage_block_id": "@document"}),
    "GET /csrf-token": Sample("/csrf-token?client=me"),
    "POST /artifacts/": Sample("/artifacts/", {"key": "new", "type": "markdown", "data": "x"}),
    "GET /artifacts/{id:uuid}": Sample("/artifacts/@artifact"),
    "GET /artifacts/{key}/latest": Sample("/artifacts/a-key/latest"),
    "PATCH /artifacts/{id:uuid}": Sample("/artifacts/@artifact", {"data": "y"}),
    "DELETE /artifacts/{id:uuid}": Sample("/artifacts/@artifact"),
    "POST /automations/": Sample("/automations/", AUTOMATION),
    "GET /automations/{id:uuid}": Sample("/automations/@automation"),
    "PUT /automations/{id:uuid}": Sample("/automations/@automation", AUTOMATION),
    "PATCH /automations/{id:uuid}": Sample("/automations/@automation", {"enabled": False}),
    "DELETE /automations/{id:uuid}": Sample("/automations/@automation"),
    "GET /automations/related-to/{resource_id}": Sample("/automations/related-to/prefect.deployment.@deployment"),
    "DELETE /automations/owned-by/{resource_id}": Sample("/automations/owned-by/prefect.deployment.@deployment"),
    "POST /block_documents/": Sample(
        "/block_documents/",
        {"name": "new", "data": {"plain": "y"}, "block_type_id": "@block_type", "block_schema_id": "@schema"},
    ),
    "GET /block_documents/{id:uuid}": Sample("/block_documents/@document"),
    "PATCH /block_documents/{id:uuid}": Sample("/block_documents/@document", {"data": {"plain": "z"}}),
    "DELETE /block_documents/{id:uuid}": Sample("/block_documents/@document"),
    "GET /block_types/slug/{slug}/block_documents": Sample("/block_types/slug/sample/block_documents"),
    "GET /block_types/slug/{slug}/block_documents/name/{block_document_name}": Sample(
        "/block_types/slug/sample/block_documents/name/doc"
    ),
    "POST /block_types/": Sample("/block_types/", {"name": "New", "slug": "new"}),
    "GET /block_types/{id:uuid}": Sample("/block_types/@block_type"),
    "GET /block_types/slug/{slug}": Sample("/block_types/slug/sample"),
    "PATCH /block_types/{id:uuid}": Sample("/block_types/@block_type", {"description": "d"}),
    "DELETE /block_types/{id:uuid}": Sample("/block_types/@block_type"),
    "POST /block_schemas/": Sample(
        "/block_schemas/",
        {"block_type_id": "@block_type", "fields": {"title": "Sample", "type": "object", "properties": {}}},
    ),
    "GET /block_schemas/{id:uuid}": Sample("/block_schemas/@schema"),
    "GET /block_schemas/checksum/{checksum}": Sample("/block_schemas/checksum/@checksum"),
    "DELETE /block_schemas/{id:uuid}": Sample("/block_schemas/@schema"),
    "GET /collections/views/{view}": Sample("/collections/views/aggregate-worker-metadata"),
    "POST /concurrency_limits/": Sample("/concurrency_limits/", {"tag": "new", "concurrency_limit": 2}),
    "GET /concurrency_limits/{id:uuid}": Sample("/concurrency_limits/@tag_limit"),
    "GET /concurrency_limits/tag/{tag}": Sample("/concurrency_limits/tag/tag"),
    "DELETE /concurrency_limits/{id:uuid}": Sample("/concurrency_limits/@tag_limit"),
    "DELETE /concurrency_limits/tag/{tag}": Sample("/concurrency_limits/tag/tag"),
    "POST /concurrency_limits/tag/{tag}/reset": Sample("/concurrency_limits/tag/tag/reset", {}),
    "POST /concurrency_limits/increment": Sample(
        "/concurrency_limits/increment", {"names": ["tag"], "task_run_id": "@task_run"}
    ),
    "POST /concurrency_limits/decrement": Sample(
        "/concurrency_limits/decrement", {"names": ["tag"], "task_run_id": "@task_run"}
    ),
    "POST /v2/concurrency_limits/": Sample("/v2/concurrency_limits/", {"name": "new", "limit": 2}),
    "GET /v2/concurrency_limits/{id_or_name}": Sample("/v2/concurrency_limits/@limit"),
    "PATCH /v2/concurrency_limits/{id_or_name}": Sample("/v2/concurrency_limits/@limit", {"limit": 6}),
    "DELETE /v2/concurrency_limits/{id_or_name}": Sample("/v2/concurrency_limits/@limit"),
    "POST /v2/concurrency_limits/increment": Sample(
        "/v2/concurrency_limits/increment", {"names": ["limit"], "slots": 1}
    ),
    "POST /v2/concurrency_limits/increment-with-lease": Sample(
        "/v2/concurrency_limits/increment-with-lease", {"names": ["limit"], "slots": 1}
    ),
    "POST /v2/concurrency_limits/decrement": Sample(
        "/v2/concurrency_limits/decrement", {"names": ["limit"], "slots": 1}
    ),
    "POST /v2/concurrency_limits/decrement-with-lease": Sample(
        "/v2/concurrency_limits/decrement-with-lease", {"lease_id": "@lease"}
    ),
    "POST /v2/concurrency_limits/leases/{lease_id:uuid}/renew": Sample(
        "/v2/concurrency_limits/leases/@lease/renew", {"lease_duration": 120}
    ),
    "POST /deployments/{id:uuid}/create_flow_run": Sample("/deployments/@deployment/create_flow_run", {"name": "new"}),
    "POST /deployments/{id:uuid}/create_flow_run/bulk": Sample(
        "/deployments/@deployment/create_flow_run/bulk", [{"name": "new"}, {"name": "newer"}]
    ),
    "POST /deployments/get_scheduled_flow_runs": Sample(
        "/deployments/get_scheduled_flow_runs", {"deployment_ids": ["@deployment"]}
    ),
    "GET /deployments/{id:uuid}/work_queue_check": Sample("/deployments/@deployment/work_queue_check"),
    "GET /deployments/{id:uuid}/schedules": Sample("/deployments/@deployment/schedules"),
    "POST /deployments/{id:uuid}/schedules": Sample(
        "/deployments/@deployment/schedules", [{"active": True, "schedule": {"cron": "0 3 * * *"}}]
    ),
    "PATCH /deployments/{id:uuid}/schedules/{schedule_id:uuid}": Sample(
        "/deployments/@deployment/schedules/@schedule", {"active": False}
    ),
    "DELETE /deployments/{id:uuid}/schedules/{schedule_id:uuid}": Sample(
        "/deployments/@deployment/schedules/@schedule"
    ),
    "POST /deployments/{id:uuid}/schedule": Sample("/deployments/@deployment/schedule", {}),
    "POST /deployments/": Sample("/deployments/", {"name": "new", "flow_id": "@flow", "work_pool_name": "pool"}),
    "PATCH /deployments/{id:uuid}": Sample("/deployments/@deployment", {"description": "d"}),
    "GET /deployments/{id:uuid}": Sample("/deployments/@deployment"),
    "GET /deployments/name/{flow_name}/{deployment_name}": Sample("/deployments/name/etl/nightly"),
    "DELETE /deployments/{id:uuid}": Sample("/deployments/@deployment"),
    "POST /deployments/bulk_delete": Sample(
        "/deployments/bulk_delete", {"deployments": {"id": {"any_": ["@deployment"]}}}
    ),
    "POST /deployments/{id:uuid}/pause_deployment": Sample("/deployments/@deployment/pause_deployment"),
    "POST /deployments/{id:uuid}/resume_deployment": Sample("/deployments/@deployment/resume_deployment"),
    "POST /events": Sample("/events", [HAPPENED]),
    "GET /events/filter/next": Sample("/events/filter/next?page-token=@page_token"),
    "POST /events/count-by/{countable}": Sample("/events/count-by/day", {"filter": {}}),
    "GET /flow_runs/{id:uuid}/graph": Sample("/flow_runs/@run/graph"),
    "GET /flow_runs/{id:uuid}/graph-v2": Sample("/flow_runs/@run/graph-v2"),
    "GET /flow_runs/{id:uuid}/logs/download": Sample("/flow_runs/@run/logs/download"),
    "POST /flow_runs/{id:uuid}/input": Sample("/flow_runs/@run/input", {"key": "new", "value": "1"}),
    "POST /flow_runs/{id:uuid}/input/filter": Sample("/flow_runs/@run/input/filter", {"prefix": ""}),
    "GET /flow_runs/{id:uuid}/input/{key}": Sample("/flow_runs/@run/input/key"),
    "DELETE /flow_runs/{id:uuid}/input/{key}": Sample("/flow_runs/@run/input/key"),
    "POST /flow_runs/{id:uuid}/resume": Sample("/flow_runs/@paused/resume", {}),
    "POST /flow_runs/": Sample("/flow_runs/", {"flow_id": "@flow", "state": {"type": "SCHEDULED"}}),
    "GET /flow_runs/{id:uuid}": Sample("/flow_runs/@run"),
    "PATCH /flow_runs/{id:uuid}": Sample("/flow_runs/@run", {"name": "renamed"}),
    "PATCH /flow_runs/{id:uuid}/labels": Sample("/flow_runs/@run/labels", {"label": 1}),
    "DELETE /flow_runs/{id:uuid}": Sample("/flow_runs/@run"),
    "POST /flow_runs/bulk_delete": Sample("/flow_runs/bulk_delete", _OF_RUNS),
    "POST /flow_runs/{id:uuid}/set_state": Sample("/flow_runs/@run/set_state", {"state": {"type": "COMPLETED"}}),
    "POST /flow_runs/bulk_set_state": Sample(
        "/flow_runs/bulk_set_state", _OF_RUNS | {"state": {"type": "CANCELLING", "name": "Cancelling"}}
    ),
    "POST /flows/": Sample("/flows/", {"name": "new"}),
    "GET /flows/{id:uuid}": Sample("/flows/@flow"),
    "GET /flows/name/{name}": Sample("/flows/name/etl"),
    "PATCH /flows/{id:uuid}": Sample("/flows/@flow", {"tags": ["x"]}),
    "DELETE /flows/{id:uuid}": Sample("/flows/@flow"),
    "POST /flows/bulk_delete": Sample("/flows/bulk_delete", {"flows": {"id": {"any_": ["@flow"]}}}),
    "POST /work_pools/{name}/get_scheduled_flow_runs": Sample("/work_pools/pool/get_scheduled_flow_runs", {}),
    "POST /work_pools/{name}/concurrency_status": Sample("/work_pools/pool/concurrency_status", {}),
    "POST /flow_runs/history": Sample("/flow_runs/history", DAY),
    "POST /task_runs/history": Sample("/task_runs/history", DAY),
    "POST /logs/": Sample("/logs/", [{"name": "l", "level": 20, "message": "m", "timestamp": "2023-11-14T22:00:00Z"}]),
    "POST /work_pools/{work_pool_name}/queues": Sample("/work_pools/pool/queues", {"name": "new"}),
    "GET /work_pools/{work_pool_name}/queues/{name}": Sample("/work_pools/pool/queues/queue"),
    "POST /work_pools/{work_pool_name}/queues/filter": Sample("/work_pools/pool/queues/filter", {}),
    "PATCH /work_pools/{work_pool_name}/queues/{name}": Sample("/work_pools/pool/queues/queue", {"description": "d"}),
    "DELETE /work_pools/{work_pool_name}/queues/{name}": Sample("/work_pools/pool/queues/queue"),
    "PUT /saved_searches/": Sample("/saved_searches/", {"name": "new"}),
    "GET /saved_searches/{id:uuid}": Sample("/saved_searches/@search"),
    "DELETE /saved_searches/{id:uuid}": Sample("/saved_searches/@search"),
    "GET /flow_run_states/": Sample("/flow_run_states/?flow_run_id=@run"),
    "GET /flow_run_states/{id:uuid}": Sample("/flow_run_states/@run_state"),
    "GET /task_run_states/": Sample("/task_run_states/?task_run_id=@task_run"),
    "GET /task_run_states/{id:uuid}": Sample("/task_run_states/@task_state"),
    "POST /tm/store/read_flow_run": Sample("/tm/store/read_flow_run", {"handle": "@embedded"}),
    "POST /tm/store/flow_run_states": Sample("/tm/store/flow_run_states", _RUN),
    "POST /tm/store/subflow_runs": Sample("/tm/store/subflow_runs", {"root_flow_run_id": "@embedded"}),
    "POST /tm/store/read_task_run": Sample("/tm/store/read_task_run", {"handle": "@task_run"}),
    "POST /tm/store/tallies": Sample("/tm/store/tallies", _RUN),
    "POST /tm/store/task_run_states": Sample("/tm/store/task_run_states", {"task_run_id": "@task_run"}),
    "POST /tm/store/recorded_calls": Sample("/tm/store/recorded_calls", {"root_flow_run_id": "@embedded"}),
    "POST /tm/store/kept_result": Sample("/tm/store/kept_result", {"run_id": "@embedded"}),
    "POST /tm/store/kept_parameters": Sample("/tm/store/kept_parameters", _RUN),
    "POST /tm/store/claim_flow_run": Sample(
        "/tm/store/claim_flow_run", {"flow_run_id": "@run", "producer": "process", "now": NOW, "allow": ["RUNNING"]}
    ),
    "POST /tm/store/set_flow_run_state": Sample("/tm/store/set_flow_run_state", _RUN | {"state": _ENDED}),
    "POST /tm/store/cancel_flow_run": Sample("/tm/store/cancel_flow_run", _RUN | {"now": NOW}),
    "POST /tm/store/cancelling": Sample("/tm/store/cancelling", {"flow_run_ids": ["@embedded"]}),
    "POST /tm/store/resume_flow_run": Sample("/tm/store/resume_flow_run", {"flow_run_id": "@paused", "now": NOW}),
    "POST /tm/store/crash_runs_of": Sample(
        "/tm/store/crash_runs_of", {"producer": "process", "now": NOW, "message": "it is gone"}
    ),
    "POST /tm/store/suspend_flow_run": Sample(
        "/tm/store/suspend_flow_run", _RUN | {"wanted": {"key": "k"}, "now": NOW}
    ),
    "POST /tm/store/suspensions": Sample("/tm/store/suspensions", {"flow_run_ids": ["@embedded"]}),
    "POST /tm/store/delete_flow_run": Sample("/tm/store/delete_flow_run", _RUN),
    "POST /tm/store/delete_flow_runs_ended_before": Sample("/tm/store/delete_flow_runs_ended_before", {"moment": NOW}),
    "POST /tm/store/put_flow_run_input": Sample(
        "/tm/store/put_flow_run_input",
        {"given": _RUN | {"id": f"{AN_ID}6", "key": "new", "value": "1", "created": "2023-11-14T22:00:00Z"}},
    ),
    "POST /tm/store/find_flow_run_inputs": Sample("/tm/store/find_flow_run_inputs", _RUN | {"key_prefix": "k"}),
    "POST /tm/store/read_flow_run_input": Sample("/tm/store/read_flow_run_input", _RUN | {"key": "key"}),
    "POST /tm/store/delete_flow_run_input": Sample("/tm/store/delete_flow_run_input", _RUN | {"key": "key"}),
    "POST /tm/store/register_producer": Sample(
        "/tm/store/register_producer", {"producer": PRODUCER | {"id": "another"}}
    ),
    "POST /tm/store/beat": Sample(
        "/tm/store/beat", {"producer": "process", "now": NOW, "lease_until": NOW + 30_000_000}
    ),
    "POST /tm/store/end_producer": Sample("/tm/store/end_producer", {"producer": "process", "now": NOW}),
    "POST /tm/store/read_producer": Sample("/tm/store/read_producer", {"producer": "process"}),
    "POST /tm/store/ended_producers": Sample("/tm/store/ended_producers", {"ids": ["process"]}),
    "POST /tm/store/lapsed_producers": Sample("/tm/store/lapsed_producers", {"now": NOW}),
    "POST /tm/store/unfinished_runs_of": Sample("/tm/store/unfinished_runs_of", {"producer": "process"}),
    "POST /tm/store/create_limit": Sample(
        "/tm/store/create_limit", {"limit": LIMIT | {"updated": "2023-11-14T22:00:00Z"}, "now": NOW}
    ),
    "POST /tm/store/read_limit": Sample("/tm/store/read_limit", {"handle": "held", "now": NOW}),
    "POST /tm/store/limits": Sample("/tm/store/limits", {"now": NOW}),
    "POST /tm/store/update_limit": Sample("/tm/store/update_limit", {"handle": "held", "limit": 7, "now": NOW}),
    "POST /tm/store/delete_limit": Sample("/tm/store/delete_limit", {"handle": "held"}),
    "POST /tm/store/limited": Sample("/tm/store/limited", {"names": ["held"]}),
    "POST /tm/store/slot_holdings": Sample("/tm/store/slot_holdings", {"name": "held", "now": NOW}),
    "POST /tm/store/acquire_slots": Sample("/tm/store/acquire_slots", {"request": slots("held", f"{AN_ID}7")}),
    "POST /tm/store/renew_slots": Sample(
        "/tm/store/renew_slots", {"lease_id": f"{AN_ID}3", "now": NOW, "lease_until": NOW + 20_000_000}
    ),
    "POST /tm/store/release_slots": Sample("/tm/store/release_slots", {"lease_id": f"{AN_ID}3"}),
    "POST /tm/journal": Sample("/tm/journal", BATCH),
    "POST /task_runs/": Sample("/task_runs/", {"flow_run_id": "@run", "task_key": "t", "dynamic_key": "1"}),
    "GET /task_runs/{id:uuid}": Sample("/task_runs/@task_run"),
    "PATCH /task_runs/{id:uuid}": Sample("/task_runs/@task_run", {"name": "renamed"}),
    "DELETE /task_runs/{id:uuid}": Sample("/task_runs/@task_run"),
    "POST /task_runs/{id:uuid}/set_state": Sample("/task_runs/@task_run/set_state", {"state": {"type": "RUNNING"}}),
    "POST /ui/flow_runs/count-task-runs": Sample("/ui/flow_runs/count-task-runs", {"flow_run_ids": ["@run"]}),
    "POST /ui/flows/count-deployments": Sample("/ui/flows/count-deployments", {"flow_ids": ["@flow"]}),
    "POST /ui/flows/next-runs": Sample("/ui/flows/next-runs", {"flow_ids": ["@flow"]}),
    "POST /ui/task_runs/dashboard/counts": Sample(
        "/ui/task_runs/dashboard/counts", {"task_runs": {"start_time": {"after_": "2023-11-14T00:00:00Z"}}}
    ),
    "GET /ui/task_runs/{id:uuid}": Sample("/ui/task_runs/@task_run"),
    "POST /ui/schemas/validate": Sample("/ui/schemas/validate", {"schema": {"type": "object"}, "values": {}}),
    "POST /variables/": Sample("/variables/", {"name": "new", "value": [1]}),
    "GET /variables/{id:uuid}": Sample("/variables/@variable"),
    "GET /variables/name/{name}": Sample("/variables/name/var"),
    "PATCH /variables/{id:uuid}": Sample("/variables/@variable", {"value": 2}),
    "PATCH /variables/name/{name}": Sample("/variables/name/var", {"value": 2}),
    "DELETE /variables/{id:uuid}": Sample("/variables/@variable"),
    "DELETE /variables/name/{name}": Sample("/variables/name/var"),
    "POST /work_pools/": Sample("/work_pools/", {"name": "new", "type": "process"}),
    "GET /work_pools/{name}": Sample("/work_pools/pool"),
    "PATCH /work_pools/{name}": Sample("/work_pools/pool", {"description": "d"}),
    "DELETE /work_pools/{name}": Sample("/work_pools/pool"),
    "POST /work_queues/": Sample("/work_queues/", {"name": "new"}),
    "GET /work_queues/{id:uuid}": Sample("/work_queues/@queue"),
    "GET /work_queues/name/{name}": Sample("/work_queues/name/loose"),
    "PATCH /work_queues/{id:uuid}": Sample("/work_queues/@queue", {"description": "d"}),
    "DELETE /work_queues/{id:uuid}": Sample("/work_queues/@loose"),
    "POST /work_queues/{id:uuid}/get_runs": Sample("/work_queues/@queue/get_runs", {}),
    "GET /work_queues/{id:uuid}/status": Sample("/work_queues/@queue/status"),
    "POST /work_queues/{id:uuid}/concurrency_status": Sample("/work_queues/@queue/concurrency_status", {}),
    "POST /work_pools/{work_pool_name}/workers/heartbeat": Sample(
        "/work_pools/pool/workers/heartbeat", {"name": "another"}
    ),
    "POST /work_pools/{work_pool_name}/workers/filter": Sample("/work_pools/pool/workers/filter", {}),
    "DELETE /work_pools/{work_pool_name}/workers/{name}": Sample("/work_pools/pool/workers/worker"),
}
#: Answered by a stream, which has tests of its own.
STREAMS = frozenset({"GET /tm/live/stream"})
#: What is refused on a server as it is without settings; all else is answered.
REFUSED = {"GET /csrf-token": 422}  # there is no such protection unless somebody asks for it


def every_sample(*, writes: bool | None = None) -> dict[str, Sample]:
    """Of all operations that are served, or of those that write or do not."""
    found = {}
    for operation, _ in every_route():
        name = f"{operation.method} {operation.path}"
        if name not in STREAMS and writes in (None, operation.writes):
            bare = Sample(operation.path, None if operation.method in ("GET", "DELETE") else {})
            found[name] = SAMPLES.get(name, bare)
    return found
