"""Flow runs within flow runs, and task runs, as clients tell of them: by requests, and by events."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.server.live.test_events_in import task_run_event
from tests.server.model.asked_runs import STATES
from tests.server.model.by_itself import SERVICES
from tests.server.model.expected import OVER
from tests.server.model.world import SECOND, World
from tests.server.services.telling import run_until_done
from tests.store.conformance.story import NOW
from tidemill.server.services.every import every_service
from tidemill.settings import Settings

TASK_STATES = ("PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED")


class NestedRuns(World):
    """No model of what is answered: what must hold of parents and children, whatever it is."""

    def __init__(self) -> None:
        super().__init__()
        self.services = {service.name: service for service in every_service(Settings())}
        self.flow_runs: list[str] = []
        self.task_runs: list[str] = []
        #: Of a task run: the flow run that it stands for.
        self.stand_ins: dict[str, str] = {}

    @precondition(lambda self: len(self.flow_runs) < 6)
    @rule(data=st.data(), within=st.booleans())
    def a_flow_run_is_made(self, data, within):
        body = {"flow_id": self.flow, "state": {"type": "PENDING"}}
        free = [id_ for id_ in self.task_runs if id_ not in self.stand_ins]
        if within and free:
            body["parent_task_run_id"] = data.draw(st.sampled_from(free))
        run = self.ok("POST", "/flow_runs/", body)["id"]
        self.flow_runs.append(run)
        if "parent_task_run_id" in body:
            self.stand_ins[body["parent_task_run_id"]] = run

    @precondition(lambda self: self.flow_runs and len(self.task_runs) < 12)
    @rule(data=st.data(), kind=st.sampled_from(["PENDING", "RUNNING"]))
    def a_task_run_is_made(self, data, kind):
        of = data.draw(st.sampled_from(self.flow_runs))
        body = {"flow_run_id": of, "task_key": "t", "dynamic_key": str(len(self.task_runs)), "state": {"type": kind}}
        self.task_runs.append(self.ok("POST", "/task_runs/", body)["id"])

    @precondition(lambda self: self.flow_runs)
    @rule(data=st.data(), kind=st.sampled_from((*STATES, "RUNNING", "COMPLETED")), force=st.booleans())
    def a_flow_run_is_moved(self, data, kind, force):
        run = data.draw(st.sampled_from(self.flow_runs))
        said = self.client.post(f"/api/flow_runs/{run}/set_state", {"state": {"type": kind}, "force": force})
        assert said.status in (200, 201), said

    @precondition(lambda self: self.task_runs)
    @rule(data=st.data(), kind=st.sampled_from(TASK_STATES), told=st.booleans(), late=st.integers(0, 20))
    def a_task_run_is_moved(self, data, kind, told, late):
        run = data.draw(st.sampled_from([id_ for id_ in self.task_runs if id_ not in self.stand_ins] or [None]))
        if run is None:
            return
        if not told:
            said = self.client.post(f"/api/task_runs/{run}/set_state", {"state": {"type": kind}})
            assert said.status in (200, 201), said
            return
        of = self.ok("GET", f"/task_runs/{run}")["flow_run_id"]
        event = task_run_event(of, kind, kind.title(), at=(self.now - NOW) // SECOND - late)
        event["resource"]["prefect.resource.id"] = f"prefect.task-run.{run}"
        event["id"] = self.fresh_id()
        self.ok("POST", "/events", [event])

    @rule(seconds=st.sampled_from([1, 30, 90, 900]))
    def time_goes_on(self, seconds):
        self.client.clock.sleep(seconds)

    @rule(name=st.sampled_from([*SERVICES, "silent_runs", "cancellation_cleanup", "claims"]))
    def a_service_passes(self, name):
        run_until_done(self.services[name], self.store, self.now)

    def who_stands_for_a_run_is_where_that_is(self) -> None:
        for stand_in, run in self.stand_ins.items():
            one, other = self.ok("GET", f"/task_runs/{stand_in}"), self.ok("GET", f"/flow_runs/{run}")
            assert one["state_type"] == other["state_type"], (one, other)

    def comes_to_rest(self) -> None:
        """Whatever belongs to a run that is over is over, and nothing is Pending or Cancelling any more."""
        for seconds in (
            90,
            900,
            4000,
            90_000,
            90_000,
            90_000,
            4000,
            4000,
        ):  # the last end what is left below the others
            self.client.clock.sleep(seconds)
            for name in SERVICES:
                run_until_done(self.services[name], self.store, self.now)
        flow_runs = {run: self.ok("GET", f"/flow_runs/{run}") for run in self.flow_runs}
        task_runs = {run: self.ok("GET", f"/task_runs/{run}") for run in self.task_runs}
        for run in flow_runs.values():
            around = task_runs.get(run["parent_task_run_id"])
            caller = None if around is None else flow_runs[around["flow_run_id"]]
            assert run["state_type"] != "CANCELLING", run
            if caller is None or caller["state_type"] in OVER:
                assert run["state_type"] != "PENDING", run
            if caller is not None and caller["state_type"] in OVER:
                assert run["state_type"] in OVER, (run, caller)
        for run in task_runs.values():
            if flow_runs[run["flow_run_id"]]["state_type"] in OVER and run["id"] not in self.stand_ins:
                assert run["state_type"] in OVER, run
