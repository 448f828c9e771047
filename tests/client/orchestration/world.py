"""One of each kind of thing, and a value for each parameter of the client's methods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tidemill import flow, task
from tidemill.client.schemas import actions, filters, objects, schedules, sorting
from tidemill.states import Pending, Running

BLOCK_FIELDS = {"title": "B", "type": "object", "properties": {"x": {"type": "integer"}}}


@flow
def etl(x: int = 1):
    return x


@task
def load():
    return 1


def automation(name):
    return {
        "name": name,
        "trigger": {"type": "event", "posture": "Reactive", "expect": ["a.b"], "threshold": 1, "within": 0},
        "actions": [{"type": "do-nothing"}],
    }


class World:
    """Made by a client; ``values`` are arguments by the names of parameters."""

    def __init__(self, client) -> None:
        run = client.create_flow_run(etl, parameters={"x": 1}, state=Running())
        task_run = client.create_task_run(load, run.id, "0", state=Running())
        client.create_work_pool(actions.WorkPoolCreate(name="pool", type="process"))
        client.create_work_queue("queue")
        queue = client.create_work_queue("queue", work_pool_name="pool")
        deployment = client.create_deployment(
            run.flow_id, "d", work_pool_name="pool", schedules=[{"schedule": {"cron": "0 0 * * *"}}]
        )
        schedule = client.read_deployment_schedules(deployment)[0]
        client.create_variable(actions.VariableCreate(name="v", value=1))
        artifact = client.create_artifact(actions.ArtifactCreate(key="k", type="markdown", data="x"))
        kind = client.create_block_type(actions.BlockTypeCreate(name="B", slug="b"))
        schema = client.create_block_schema(
            actions.BlockSchemaCreate(
                fields=BLOCK_FIELDS, block_type_id=kind.id, capabilities=["read-path", "write-path"]
            )
        )
        block = client.create_block_document(
            actions.BlockDocumentCreate(name="b", data={"x": 1}, block_schema_id=schema.id, block_type_id=kind.id)
        )
        client.create_concurrency_limit("tag", 3)
        client.create_global_concurrency_limit(actions.GlobalConcurrencyLimitCreate(name="limit", limit=5))
        lease = client.increment_concurrency_slots_with_lease(["limit"], 1, "concurrency", 60.0).json()["lease_id"]
        rule = client.create_automation(automation("rule"))
        client.create_flow_run_input(run.id, "key", "1")
        state = client.read_flow_run_states(run.id)[0]
        self.values = {
            "active": True,
            "artifact": actions.ArtifactUpdate(data="y"),
            "artifact_id": artifact.id,
            "automation": automation("other"),
            "automation_id": rule,
            "automations": filters.AutomationFilter(name={"any_": ["rule"]}),
            "block_document": actions.BlockDocumentUpdate(data={"x": 2}),
            "block_document_id": block.id,
            "block_schema": actions.BlockSchemaCreate(
                fields=BLOCK_FIELDS | {"description": "other"}, block_type_id=kind.id
            ),
            "block_type": actions.BlockTypeUpdate(description="d"),
            "block_type_id": kind.id,
            "block_type_slug": "b",
            "checksum": schema.checksum,
            "concurrency_limit": 2,
            "context": {"a": 1},
            "default_result_storage_block_id": block.id,
            "deployment": actions.DeploymentUpdate(description="d"),
            "deployment_filter": filters.DeploymentFilter(name=filters.DeploymentFilterName(like_="d")),
            "deployment_id": deployment,
            "deployment_ids": [deployment],
            "description": "d",
            "dynamic_key": "1",
            "empirical_policy": objects.FlowRunPolicy(retries=1),
            "enforce_parameter_schema": True,
            "entrypoint": "a.py:f",
            "exclude_keys": {"other"},
            "extra_tags": ["t"],
            "flow": etl,
            "flow_filter": filters.FlowFilter(name={"any_": ["etl"]}),
            "flow_id": run.flow_id,
            "flow_name": "etl",
            "flow_run_filter": filters.FlowRunFilter(state={"type": {"any_": ["RUNNING"]}}),
            "flow_run_id": run.id,
            "flow_run_limit": 5,
            "flow_run_state_id": state.id,
            "flow_version": "1",
            "force": True,
            "get_worker_id": True,
            "heartbeat_interval_seconds": 30,
            "holder": objects.ConcurrencyLeaseHolder(type="flow_run", id=run.id),
            "id_or_name": "rule",
            "idempotency_key": "i",
            "include_secrets": True,
            "infrastructure_pid": "1",
            "is_paused": False,
            "job_variables": {"a": 1},
            "key": "key",
            "key_prefix": "k",
            "labels": {"a": "b"},
            "lease_duration": 60.0,
            "lease_id": lease,
            "limit": 5,
            "log_filter": filters.LogFilter(level={"ge_": 10}),
            "logs": [{"name": "n", "level": 20, "message": "m", "timestamp": datetime.now(UTC), "flow_run_id": run.id}],
            "max_scheduled_runs": 3,
            "mode": "concurrency",
            "name": "limit",
            "names": ["limit"],
            "occupancy_seconds": 1.0,
            "offset": 0,
            "overwrite": True,
            "page": 1,
            "parameters": {"x": 2},
            "path": "/p",
            "paused": True,
            "prefixes": ["que"],
            "priority": 2,
            "pull_steps": [],
            "resource_id": "prefect.flow-run.x",
            "schedule": schedules.IntervalSchedule(interval=timedelta(hours=1)),
            "schedule_id": schedule.id,
            "scheduled_before": datetime.now(UTC),
            "schedules": [(schedules.CronSchedule(cron="0 1 * * *"), True)],
            "sender": "s",
            "slot_decay_per_second": 0.1,
            "slot_override": [uuid4()],
            "slots": 1,
            "slug": "b",
            "state": Pending(),
            "tag": "tag",
            "tags": ["t"],
            "task": load,
            "task_inputs": {"x": [objects.TaskRunResult(id=uuid4()), objects.Constant(type="int")]},
            "task_run_filter": filters.TaskRunFilter(name={"like_": "load"}),
            "task_run_id": task_run.id,
            "value": "1",
            "variable": actions.VariableUpdate(name="v", value=2),
            "version": "1",
            "work_pool": actions.WorkPoolUpdate(description="d"),
            "work_pool_filter": filters.WorkPoolFilter(name={"any_": ["pool"]}),
            "work_pool_name": "pool",
            "work_queue_filter": filters.WorkQueueFilter(name={"startswith_": ["q"]}),
            "work_queue_name": "queue",
            "work_queue_names": ["queue"],
            "worker_filter": filters.WorkerFilter(),
            "worker_name": "w",
        }
        #: What a method takes under a name that others use for something else.
        self.particular = {
            "create_artifact": {"artifact": actions.ArtifactCreate(key="other", data="x")},
            "create_block_document": {
                "block_document": actions.BlockDocumentCreate(
                    name="c", data={"x": 3}, block_schema_id=schema.id, block_type_id=kind.id
                )
            },
            "create_block_type": {"block_type": actions.BlockTypeCreate(name="C", slug="c")},
            "create_deployment": {
                "name": "e",
                "concurrency_options": objects.ConcurrencyOptions(collision_strategy="ENQUEUE"),
                "schedules": [actions.DeploymentScheduleCreate(schedule=schedules.CronSchedule(cron="0 1 * * *"))],
            },
            "create_deployment_schedules": {"slug": "other"},
            "create_flow_run_input": {"key": "another"},
            "create_global_concurrency_limit": {
                "concurrency_limit": actions.GlobalConcurrencyLimitCreate(name="other", limit=1)
            },
            "create_task_run": {"id": uuid4()},
            "create_variable": {"variable": actions.VariableCreate(name="w", value=[1])},
            "create_work_pool": {"work_pool": actions.WorkPoolCreate(name="pool", type="process")},
            "create_work_queue": {"name": "another"},
            "decrement_v1_concurrency_slots": {"names": ["tag"]},
            "delete_variable_by_name": {"name": "v"},
            "delete_work_queue_by_id": {"id": queue.id},
            "get_runs_in_work_queue": {"id": queue.id},
            "increment_v1_concurrency_slots": {"names": ["tag"]},
            "read_artifacts": {"artifact_filter": filters.ArtifactFilter(key={"any_": ["k"]})},
            "read_block_document_by_name": {"name": "b"},
            "read_block_schema_by_checksum": {"version": "non-versioned"},
            "read_deployment_by_name": {"name": "etl/d"},
            "read_deployments": {"sort": sorting.DeploymentSort.NAME_DESC},
            "read_events": {"filter": {}},
            "read_events_page": {"next_page_url": "http://127.0.0.1/api/events/filter/next?page-token=x"},
            "read_flow_runs": {"sort": sorting.FlowRunSort.START_TIME_DESC},
            "read_flows": {"sort": sorting.FlowSort.NAME_DESC},
            "read_latest_artifacts": {"artifact_filter": filters.ArtifactCollectionFilter(key={"any_": ["k"]})},
            "read_logs": {"sort": sorting.LogSort.TIMESTAMP_DESC},
            "read_task_runs": {"sort": sorting.TaskRunSort.END_TIME_DESC},
            "read_variable_by_name": {"name": "v"},
            "read_work_queue": {"id": queue.id},
            "read_work_queue_by_name": {"name": "queue"},
            "read_work_queue_concurrency_status": {"id": queue.id},
            "read_work_queue_status": {"id": queue.id},
            "update_global_concurrency_limit": {
                "concurrency_limit": actions.GlobalConcurrencyLimitUpdate(active_slots=0)
            },
            "update_work_queue": {"id": queue.id, "description": "d"},
        }
