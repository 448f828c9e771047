"""Deployments, work pools, limits, blocks, artifacts and automations through the client."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from tests.client.orchestration.world import automation, etl
from tidemill.client.schemas.actions import (
    ArtifactCreate,
    BlockDocumentCreate,
    BlockDocumentUpdate,
    BlockSchemaCreate,
    BlockTypeCreate,
    DeploymentScheduleCreate,
    DeploymentUpdate,
    GlobalConcurrencyLimitCreate,
    VariableCreate,
    VariableUpdate,
    WorkPoolCreate,
)
from tidemill.client.schemas.filters import ArtifactCollectionFilter
from tidemill.client.schemas.schedules import CronSchedule, IntervalSchedule
from tidemill.exceptions import ObjectAlreadyExists, ObjectNotFound

NOBODY = uuid4()


def test_variables(client):
    client.create_variable(VariableCreate(name="v", value={"a": 1}, tags=["t"]))
    client.update_variable(VariableUpdate(name="v", value=None))

    assert [(one.name, one.value, one.tags) for one in client.read_variables()] == [("v", None, ["t"])]
    client.delete_variable_by_name("v")
    assert client.read_variable_by_name("v") is None
    with pytest.raises(ObjectNotFound):
        client.delete_variable_by_name("v")


def test_a_deployment_and_its_runs(client):
    client.create_work_pool(WorkPoolCreate(name="pool", type="process"))
    flow_id = client.create_flow(etl)
    schedule = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 0 * * *"), slug="nightly")
    made = client.create_deployment(flow_id, "d", schedules=[schedule], work_pool_name="pool", parameters={"x": 1})

    deployment = client.read_deployment_by_name("etl/d")
    first = client.create_flow_run_from_deployment(made, parameters={"x": 2}, idempotency_key="k", tags=["a"])
    again = client.create_flow_run_from_deployment(made, parameters={"x": 3}, idempotency_key="k")

    assert (deployment.id, deployment.flow_id, deployment.work_pool_name) == (made, flow_id, "pool")
    assert deployment.schedules[0].schedule.cron == "0 0 * * *"
    assert (first.id, first.parameters, first.deployment_id) == (again.id, {"x": 2}, made)
    assert first.state.is_scheduled()
    assert [one.id for one in client.read_deployments()] == [made]
    due = client.get_scheduled_flow_runs_for_work_pool("pool")
    assert first.id in [one.flow_run.id for one in due]


def test_a_deployment_is_paused_and_changed(client):
    made = client.create_deployment(client.create_flow(etl), "d")

    client.pause_deployment(str(made))
    client.update_deployment(made, DeploymentUpdate(description="new"))
    paused = client.read_deployment(made)
    client.resume_deployment(made)

    assert (paused.paused, paused.description) == (True, "new")
    assert not client.read_deployment(made).paused
    client.set_deployment_paused_state(made, True)
    assert client.read_deployment(made).paused


def test_the_schedules_of_a_deployment(client):
    made = client.create_deployment(client.create_flow(etl), "d")

    (added,) = client.create_deployment_schedules(made, [(IntervalSchedule(interval=60), True)], slug="s")
    client.update_deployment_schedule(made, added.id, active=False, schedule=CronSchedule(cron="1 1 * * *"))
    (changed,) = client.read_deployment_schedules(made)
    client.delete_deployment_schedule(made, added.id)

    assert (added.schedule.interval, added.active, added.slug) == (timedelta(minutes=1), True, "s")
    assert (changed.schedule.cron, changed.active) == ("1 1 * * *", False)
    assert client.read_deployment_schedules(made) == []


@pytest.mark.parametrize("name", ["", "flow", "flow/", "/deployment"])
def test_the_name_of_a_deployment_has_two_parts(client, name):
    with pytest.raises(ValueError, match="flow/deployment"):
        client.read_deployment_by_name(name)


def test_what_is_no_id_is_told_before_it_is_sent(client):
    for ask in (client.read_deployment, client.pause_deployment, client.resume_deployment):
        with pytest.raises(ValueError, match="to be an id, got 'x'"):
            ask("x")


def test_a_work_pool_its_queues_and_workers(client):
    made = client.create_work_pool(WorkPoolCreate(name="pool", type="process", concurrency_limit=3))
    with pytest.raises(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name="pool", type="process"))
    changed = client.create_work_pool(WorkPoolCreate(name="pool", type="process", description="d"), overwrite=True)
    queue = client.create_work_queue("high", work_pool_name="pool", priority=1)
    client.send_worker_heartbeat("pool", "w", heartbeat_interval_seconds=30)

    assert (changed.id, changed.description) == (made.id, "d")
    assert {one.name for one in client.read_work_queues("pool")} == {"default", "high"}
    assert [one.id for one in client.match_work_queues(["hi"], "pool")] == [queue.id]
    assert [(one.name, one.work_pool_id) for one in client.read_workers_for_work_pool("pool")] == [("w", made.id)]
    client.update_work_queue(queue.id, is_paused=True)
    assert client.read_work_queue_by_name("high", "pool").is_paused
    with pytest.raises(ValueError, match="what to change"):
        client.update_work_queue(queue.id)


def test_slots_are_taken_and_given_back(client):
    client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name="db", limit=1))

    taken = client.increment_concurrency_slots_with_lease(["db"], 1, "concurrency", 60.0)
    with pytest.raises(httpx.HTTPStatusError) as full:
        client.increment_concurrency_slots(["db"], 1, "concurrency")
    client.renew_concurrency_lease(taken.json()["lease_id"], 60.0)
    client.release_concurrency_slots_with_lease(taken.json()["lease_id"])

    assert full.value.response.status_code == 423
    assert client.increment_concurrency_slots(["db"], 1, "concurrency").json()[0]["name"] == "db"


def test_a_limit_is_made_or_changed(client):
    for limit in (1, 2):
        client.upsert_global_concurrency_limit_by_name("db", limit)

    assert client.read_global_concurrency_limit_by_name("db").limit == 2
    assert [one.name for one in client.read_global_concurrency_limits()] == ["db"]
    client.delete_global_concurrency_limit_by_name("db")
    with pytest.raises(ObjectNotFound):
        client.read_global_concurrency_limit_by_name("db")


def test_a_block_is_saved_with_its_secrets(client):
    kind = client.create_block_type(BlockTypeCreate(name="Login", slug="login"))
    fields = {
        "title": "Login",
        "type": "object",
        "properties": {"password": {"type": "string", "format": "password"}},
        "secret_fields": ["password"],
    }
    schema = client.create_block_schema(BlockSchemaCreate(fields=fields, block_type_id=kind.id, capabilities=[]))
    saved = client.create_block_document(
        BlockDocumentCreate(name="prod", data={"password": "s3cret"}, block_schema_id=schema.id, block_type_id=kind.id)
    )

    assert client.read_block_document(saved.id).data == {"password": "s3cret"}
    assert "s3cret" not in str(client.read_block_document(saved.id, include_secrets=False).data)
    assert client.read_block_document_by_name("prod", "login").id == saved.id
    client.update_block_document(saved.id, BlockDocumentUpdate(data={"password": "new"}))
    assert [one.data for one in client.read_block_documents_by_type("login")] == [{"password": "new"}]
    assert client.get_most_recent_block_schema_for_block_type(kind.id).checksum == schema.checksum
    assert client.get_most_recent_block_schema_for_block_type(NOBODY) is None
    with pytest.raises(ObjectAlreadyExists):
        client.create_block_type(BlockTypeCreate(name="Login", slug="login"))


def test_artifacts_have_versions(client):
    for text in ("one", "two"):
        client.create_artifact(ArtifactCreate(key="report", type="markdown", data=text))

    (latest,) = client.read_latest_artifacts(artifact_filter=ArtifactCollectionFilter(key={"any_": ["report"]}))

    assert latest.data == "two"
    assert sorted(one.data for one in client.read_artifacts()) == ["one", "two"]
    with pytest.raises(TypeError, match="did you mean 'artifact_filter'"):
        client.read_artifacts(artefact_filter=None)


def test_automations_are_found_paused_and_deleted(client):
    made = client.create_automation(automation("rule"))

    client.pause_automation(made)

    assert not client.find_automation("rule").enabled
    assert client.find_automation(made).id == client.read_automations_by_name("rule")[0].id == made
    assert client.find_automation("nobody") is client.read_automation(NOBODY) is None
    client.delete_automation(made)
    client.delete_automation(made)
    assert client.read_automations() == []


def test_the_server_says_who_it_is(client):
    assert client.api_healthcheck() is None
    assert client.api_version().startswith("3.")
    client.raise_for_api_version_mismatch()
    client.raise_for_api_version_mismatch_once()
    assert str(client.api_url).endswith("/api/")
