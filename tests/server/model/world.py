"""What all rules of the model go by: a server's application, its clock, and what the model believes."""

from __future__ import annotations

import sys

from hypothesis.stateful import RuleBasedStateMachine

from tests.server.client import Client
from tests.server.model.expected import Limit, Process, Run
from tests.store.conformance.story import an_id
from tidemill.domain.states import from_us

SECOND = 1_000_000
AN_HOUR = 3600 * SECOND
TERM = 20 * SECOND


def moment(us: int) -> str:
    return from_us(us).isoformat()


class World(RuleBasedStateMachine):
    """A server over an empty store. ``open_store`` is the subclass's."""

    open_store = None

    def __init__(self) -> None:
        super().__init__()
        self._opened = type(self).open_store()
        self.store = self._opened.__enter__()
        self.client = Client(self.store)
        self.runs: dict[str, Run] = {}
        self.gone: set[str] = set()
        self.keys: dict[str | None, str | None] = {}
        self.limits: dict[str, Limit] = {}
        self.processes: dict[str, Process] = {}
        #: For which instant a schedule's run was made.
        self.instants: dict[str, str] = {}
        self._numbers = 0
        self.flow = self.ok("POST", "/flows/", {"name": "etl"})["id"]
        self.ok("POST", "/work_pools/", {"name": "pool", "type": "process"})
        wanted = {"name": "plain", "flow_id": self.flow, "work_pool_name": "pool"}
        self.deployment = self.ok("POST", "/deployments/", wanted)["id"]

    @property
    def now(self) -> int:
        return self.client.clock.now_us()

    def ok(self, method: str, path: str, body=None):
        said = self.client.request(method, f"/api{path}", body)
        assert said.status < 300, (method, path, body, said)
        return said.body

    def shown(self) -> dict[str, dict | None]:
        return {run["id"]: run["state"] for run in self.ok("POST", "/flow_runs/filter", {"limit": 200})}

    def fresh_id(self) -> str:
        self._numbers += 1
        return an_id(f"number {self._numbers}")

    def is_gone(self, run_id: str) -> None:
        del self.runs[run_id]
        self.instants.pop(run_id, None)  # whoever deletes a run that a schedule asks for has it made again
        self.gone.add(run_id)

    def with_a_state(self) -> list[Run]:
        return [run for run in self.runs.values() if run.past]

    def is_alive(self, process: Process | None) -> bool:
        return process is not None and not process.ended and process.until_us > self.now

    def is_held(self, run: Run) -> bool:
        return run.holder is not None and self.is_alive(self.processes.get(run.holder))

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # what went wrong before is what is to be seen
                self.comes_to_rest()
        finally:
            self.client.close()
            self._opened.__exit__(None, None, None)

    def comes_to_rest(self) -> None:
        """What must hold when nobody does anything any more."""
