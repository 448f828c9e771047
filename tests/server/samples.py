"""A valid request for every operation.

``SAMPLES`` says what is asked, ``@name`` standing for an id of the world (``world.py``). Each sample is valid in a world
in which no other was asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.server.bodies import AN_ID, AUTOMATION, HAPPENED, LIMIT, NOW, PRODUCER, slots
from tidemill.server.serving import every_route

DAY = {"history_start": "2023-11-14T00:00:00Z", "history_end": "2023-11-15T00:00:00Z", "history_interval_seconds": 3600}
#: Stands for the next batch of the world's process.
BATCH = "the batch"


class Sample(NamedTuple):
    """What is asked, with ``@name`` for ids. ``body`` None: none is sent."""

    path: str
    body: Any = None


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
    "GET /tm/flow_runs/{id:uuid}/await": Sample("/tm/flow_runs/@run/await?seconds=0"),
    "POST /tm/store/read_flow_run": Sample("/tm/store/read_flow_run", {"handle": "@embedded"}),
    "POST /tm/store/read_flow_run/await": Sample("/tm/store/read_flow_run/await", {"asked": {"handle": "@embedded"}}),
    "POST /tm/store/find_flow_run_inputs/await": Sample(
        "/tm/store/find_flow_run_inputs/await", {"asked": _RUN | {"key_prefix": "k"}}
    ),
    "POST /tm/store/read_limit/await": Sample("/tm/store/read_limit/await", {"asked": {"handle": "held", "now": NOW}}),
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
    "POST /tm/flow_runs/{id:uuid}/run_token": Sample("/tm/flow_runs/@embedded/run_token", {"epoch": 1}),
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
