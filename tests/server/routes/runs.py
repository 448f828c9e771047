"""Flows and runs, as a client makes them."""

from __future__ import annotations

NOWHERE = "00000000-0000-4000-8000-000000000000"


def flow(client, name="etl", **more):
    return client.post("/api/flows/", {"name": name, **more}).body["id"]


def flow_run(client, of=None, **more):
    said = client.post("/api/flow_runs/", {"flow_id": of or flow(client), **more})
    assert said.status == 201, said
    return said.body["id"]


def task_run(client, of, key="t", dynamic_key="0", **more):
    said = client.post("/api/task_runs/", {"flow_run_id": of, "task_key": key, "dynamic_key": dynamic_key, **more})
    assert said.status == 201, said
    return said.body["id"]


def propose(client, run, kind, name=None, *, of="flow_runs", force=False, data=None, **details):
    state = {"type": kind, "name": name, "state_details": details, "data": data}
    return client.post(f"/api/{of}/{run}/set_state", {"state": state, "force": force})


def where(said):
    """The places at which a refusal finds fault."""
    return [detail["loc"] for detail in said.body["exception_detail"]]
