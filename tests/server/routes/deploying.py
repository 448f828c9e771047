"""What tests of deployments and work pools stand on."""

from __future__ import annotations

from typing import Any

NOBODY = "00000000-0000-0000-0000-000000000000"
TEMPLATE = {
    "job_configuration": {"command": "{{ command }}", "env": ["{{ $HOME }}"]},
    "variables": {
        "type": "object",
        "properties": {"command": {"type": "string"}, "cpus": {"type": "integer", "default": 1}},
        "required": ["command"],
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"x": {"type": "integer"}, "y": {"type": "string", "default": "k"}},
    "required": ["x"],
}


class Deployer:
    """Sets up what a test needs, over REST."""

    def __init__(self, client) -> None:
        self.client = client

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered; it must be no refusal."""
        said = self.client.request(method, f"/api{path}", body)
        assert said.status < 300, (method, path, said.status, said.body)
        return said.body

    def flow(self, name: str = "flow", **more: Any) -> str:
        return self.ok("POST", "/flows/", {"name": name, **more})["id"]

    def pool(self, name: str = "pool", **more: Any) -> dict[str, Any]:
        return self.ok("POST", "/work_pools/", {"name": name, "type": "process", **more})

    def queue(self, name: str, pool: str = "pool", **more: Any) -> dict[str, Any]:
        return self.ok("POST", f"/work_pools/{pool}/queues", {"name": name, **more})

    def deployment(self, name: str = "deployment", **more: Any) -> dict[str, Any]:
        if "flow_id" not in more:
            more["flow_id"] = self.flow()
        return self.ok("POST", "/deployments/", {"name": name, **more})

    def run(self, deployment: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.ok("POST", f"/deployments/{deployment['id']}/create_flow_run", more)

    def runs(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return self.ok("POST", "/flow_runs/filter", wanted)

    def handed_out(self, pool: str = "pool", **asked: Any) -> list[str]:
        """The names of the runs."""
        found = self.ok("POST", f"/work_pools/{pool}/get_scheduled_flow_runs", asked)
        return [one["flow_run"]["name"] for one in found]
