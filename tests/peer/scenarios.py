"""What users' scripts do, written for the peer and run by the peer's own client: ``python scenarios.py NAME``.

Each prints one line of JSON: what it saw. Nothing of tidemill is imported here.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

from prefect import flow, get_client, get_run_logger, pause_flow_run, resume_flow_run, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.blocks.system import Secret
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, LogFilter, LogFilterFlowRunId
from prefect.concurrency.sync import concurrency
from prefect.deployments import run_deployment
from prefect.events import emit_event
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed, Crashed, Failed, Pending, Running
from prefect.variables import Variable
from prefect.workers.process import ProcessWorker


@task
def add(number):
    return number + 1


def sync_flow():
    @flow(name="peer-sync")
    def body(start):
        return add(add(start)), str(flow_run.get_id())

    value, run = body(1)
    return {"value": value, "run": run}


def async_flow():
    @task
    async def double(number):
        return number * 2

    @flow(name="peer-async")
    async def body():
        values = await asyncio.gather(double(1), double(2))
        return sum(values), str(flow_run.get_id())

    value, run = asyncio.run(body())
    return {"value": value, "run": run}


def mapped():
    @flow(name="peer-mapped")
    def body():
        return sum(add.map(range(10)).result()), str(flow_run.get_id())

    value, run = body()
    return {"value": value, "run": run}


def retries():
    seen = []

    @task(retries=2, retry_delay_seconds=0)
    def shaky():
        seen.append(1)
        if len(seen) < 3:
            raise ValueError("not yet")
        return len(seen)

    @flow(name="peer-retries", retries=1)
    def body():
        value = shaky()
        if flow_run.get_run_count() == 1:
            raise RuntimeError("the first time")
        return value, str(flow_run.get_id())

    value, run = body()
    return {"value": value, "run": run}


def failed():
    @flow(name="peer-failed")
    def body():
        raise ValueError("on purpose")

    state = body(return_state=True)
    return {"state": state.type.value, "run": str(state.state_details.flow_run_id)}


def subflows():
    @flow(name="peer-child")
    def child(number):
        return add(number)

    @flow(name="peer-parent")
    def body():
        return child(1) + child(2), str(flow_run.get_id())

    value, run = body()
    return {"value": value, "run": run}


def logs():
    @task
    def talking():
        get_run_logger().info("from the task")

    @flow(name="peer-logs", log_prints=True)
    def body():
        get_run_logger().warning("from the flow")
        print("printed")
        talking()
        return str(flow_run.get_id())

    run = body()
    with get_client(sync_client=True) as client:
        for _ in range(100):
            found = client._client.post("/logs/filter", json={"logs": {"flow_run_id": {"any_": [run]}}}).json()
            if len(found) >= 3:
                break
            time.sleep(0.1)
        return {"run": run, "messages": [line["message"] for line in found]}


def artifacts():
    key = f"peer-{uuid4().hex[:8]}"

    @flow(name="peer-artifacts")
    def body():
        create_markdown_artifact("# one", key=key)
        create_markdown_artifact("# two", key=key)
        create_table_artifact([{"a": 1}], key=f"{key}-table")
        create_link_artifact("https://example.com", key=f"{key}-link")

    body()
    with get_client(sync_client=True) as client:
        latest = client._client.get(f"/artifacts/{key}/latest").json()
        return {"latest": latest["data"], "type": latest["type"]}


def variables():
    name = f"peer_{uuid4().hex[:8]}"
    Variable.set(name, {"a": [1, 2]}, tags=["x"])
    first = Variable.get(name)
    Variable.set(name, "other", overwrite=True)
    second = Variable.get(name)
    Variable.unset(name)
    return {"first": first, "second": second, "gone": Variable.get(name)}


def blocks():
    name = f"peer-{uuid4().hex[:8]}"
    Secret(value="hunter2").save(name)
    return {"value": Secret.load(name).get()}


def pauses():
    async def body_and_answer():
        @flow(name="peer-pauses")
        async def body():
            await pause_flow_run(timeout=60, poll_interval=1)
            return "went on"

        async with get_client() as client:
            running = asyncio.create_task(body(return_state=True))
            for _ in range(600):
                runs = await client.read_flow_runs(limit=1)
                if runs and runs[0].state_type == "PAUSED":
                    await resume_flow_run(runs[0].id)
                    break
                await asyncio.sleep(0.1)
            return (await running).type.value

    return {"state": asyncio.run(body_and_answer())}


def limits():
    name = f"peer-{uuid4().hex[:8]}"

    async def limited():
        async with get_client() as client:
            await client._client.post("/v2/concurrency_limits/", json={"name": name, "limit": 1})

    asyncio.run(limited())

    @task
    def slotted(number):
        with concurrency(name, occupy=1):
            return number

    @flow(name="peer-limits")
    def body():
        return sum(slotted.map(range(3)).result())

    value = body()
    with get_client(sync_client=True) as client:
        found = client._client.get(f"/v2/concurrency_limits/{name}").json()
        return {"value": value, "active": found["active_slots"]}


def events():
    marker = f"peer.{uuid4().hex[:8]}"

    @flow(name="peer-events")
    def body():
        emit_event(marker, resource={"prefect.resource.id": marker})

    body()
    with get_client(sync_client=True) as client:
        for _ in range(100):
            page = client._client.post("/events/filter", json={"filter": {"event": {"name": [marker]}}}).json()
            if page["total"]:
                break
        return {"total": page["total"]}


def client_calls():
    async def calls():
        async with get_client() as client:
            flow_id = await client.create_flow_from_name("peer-client")
            again = await client.create_flow_from_name("peer-client")
            found = await client.read_flow_by_name("peer-client")
            runs = await client.read_flow_runs(
                flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[uuid4()])), limit=5
            )
            lines = await client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[uuid4()])))
            health = await client.api_healthcheck()
            return [flow_id == again == found.id, runs, lines, health]

    return {"saw": asyncio.run(calls())}


def states_by_hand():
    @flow(name="peer-by-hand")
    def body():
        pass

    with get_client(sync_client=True) as client:
        run = client.create_flow_run(body, state=Running())
        said = [client.set_flow_run_state(run.id, state) for state in (Pending(), Completed(), Crashed())]
        said.append(client.set_flow_run_state(run.id, Failed(), force=True))
        return {"said": [[one.status.value, one.state.name] for one in said]}


def returned_state():
    @flow(name="peer-returned")
    def body():
        return Completed(message="as it was returned")

    state = body(return_state=True)
    return {"message": state.message}


def worker():
    async def connect():
        async with ProcessWorker(work_pool_name="peer-pool", name="peer-worker") as worker:
            await worker.sync_with_backend()
            channel = worker._worker_channel
            return {"healthy": channel.state.healthy, "type": worker.work_pool.type}

    return asyncio.run(connect())


@flow(name="peer-greeting")
def greeting(name="nobody"):
    return f"hello {name}"


def deployed():
    """A deployment in a pool, run by a worker that starts a process for it."""
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name="peer-runs", type="process"))
    here = Path(__file__)
    found = flow.from_source(source=str(here.parent), entrypoint=f"{here.name}:greeting")
    found.deploy(name="by-worker", work_pool_name="peer-runs", build=False, push=False, print_next_steps=False)
    run = run_deployment("peer-greeting/by-worker", parameters={"name": "worker"}, timeout=0)
    asyncio.run(ProcessWorker(work_pool_name="peer-runs", name="peer-runner").start(run_once=True))
    return ended(run)


def serve():
    greeting.serve(name="by-serve", pause_on_shutdown=False)


def served():
    """A deployment that is served by the process that has the flow."""
    with subprocess.Popen([sys.executable, __file__, "serve"]) as serving:
        try:
            while not _is_ready("peer-greeting/by-serve"):
                assert serving.poll() is None
                time.sleep(0.1)
            return ended(run_deployment("peer-greeting/by-serve", parameters={"name": "serve"}, poll_interval=0.2))
        finally:
            serving.terminate()


def _is_ready(name):
    with get_client(sync_client=True) as client:
        try:
            return client.read_deployment_by_name(name).status.value == "READY"
        except ObjectNotFound:
            return False


def ended(run):
    with get_client(sync_client=True) as client:
        found = client.read_flow_run(run.id)
        return {"run": str(run.id), "state": found.state.name, "parameters": found.parameters}


if __name__ == "__main__":
    print("SAW " + json.dumps(globals()[sys.argv[1]]()))
