"""Runs of deployments that may have so many under way, and who takes them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.server.model.by_itself import SERVICES
from tests.server.model.world import World
from tests.server.services.telling import run_until_done
from tidemill.server.services.every import every_service
from tidemill.settings import Settings

#: A client that renews leases, and one that is too old for that.
CLIENTS = st.sampled_from(["prefect/3.8.8 (API 0.8.4)", "prefect/3.0.0 (API 0.8.4)", ""])
PROPOSED = st.sampled_from(
    [
        "PENDING",
        "PENDING",
        "RUNNING",
        "RUNNING",
        "COMPLETED",
        "FAILED",
        "CANCELLING",
        "CANCELLED",
        "SCHEDULED",
        "PAUSED",
    ]
)

#: What runs are in that hold a slot.
HOLD = {"PENDING", "RUNNING", "CANCELLING"}


class LimitedDeployments(World):
    """I6: never more than the limit, and none when all is over."""

    def __init__(self) -> None:
        super().__init__()
        self.services = {service.name: service for service in every_service(Settings())}
        self.limited: dict[str, int] = {}
        for number, collision in enumerate(("ENQUEUE", "CANCEL_NEW")):
            body = {"name": collision, "flow_id": self.flow, "work_pool_name": "pool", "concurrency_limit": number + 1}
            made = self.ok("POST", "/deployments/", body | {"concurrency_options": {"collision_strategy": collision}})
            self.limited[made["id"]] = number + 1
        self.made: list[str] = []

    @precondition(lambda self: len(self.made) < 8)
    @rule(data=st.data())
    def a_run_is_made(self, data):
        deployment = data.draw(st.sampled_from(list(self.limited)))
        self.made.append(self.ok("POST", f"/deployments/{deployment}/create_flow_run", {})["id"])

    @precondition(lambda self: self.made)
    @rule(data=st.data(), kind=PROPOSED, client=CLIENTS, seldom=st.integers(0, 9))
    def a_run_is_moved(self, data, kind, client, seldom):
        run = data.draw(st.sampled_from(self.made))
        body = {"state": {"type": kind}, "force": not seldom}
        said = self.client.post(f"/api/flow_runs/{run}/set_state", body, **{"User-Agent": client})
        assert said.status in (200, 201), said

    @precondition(lambda self: self.made)
    @rule(data=st.data(), seldom=st.integers(0, 4))
    def a_run_is_deleted(self, data, seldom):
        if not seldom:
            run = data.draw(st.sampled_from(self.made))
            self.made.remove(run)
            self.ok("DELETE", f"/flow_runs/{run}")

    @rule(seconds=st.sampled_from([1, 30, 90, 400]))
    def time_goes_on(self, seconds):
        self.client.clock.sleep(seconds)

    @rule(name=st.sampled_from([*SERVICES, "repossessor", "late_runs"]))
    def a_service_passes(self, name):
        run_until_done(self.services[name], self.store, self.now)

    @invariant()
    def no_more_are_taken_than_there_are_nor_by_runs_that_are_over(self):
        runs = self.ok("POST", "/flow_runs/filter", {"limit": 200})
        for deployment, limit in self.limited.items():
            at_work = sum(run["deployment_id"] == deployment and run["state_type"] in HOLD for run in runs)
            assert 0 <= self.taken_of(deployment) <= min(limit, at_work)

    def taken_of(self, deployment: str) -> int:
        return self.ok("GET", f"/deployments/{deployment}")["global_concurrency_limit"]["active_slots"]

    def comes_to_rest(self) -> None:
        for run in self.made:
            self.ok("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLED"}, "force": True})
        run_until_done(self.services["repossessor"], self.store, self.now)
        for deployment in self.limited:
            assert self.taken_of(deployment) == 0
