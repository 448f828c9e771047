"""Time goes on, and the server does what it does by itself."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.server.model.expected import Run
from tests.server.model.processes import Processes
from tests.server.model.world import TERM, moment
from tests.server.services.telling import run_until_done
from tidemill.server.services.every import every_service
from tidemill.settings import Settings

#: From which type to which each service may move a run; those that are not here move none.
MOVES = {
    "late_runs": {("SCHEDULED", "SCHEDULED")},
    "pause_expirations": {("PAUSED", "FAILED")},
    "claims": {("PENDING", "SCHEDULED"), ("PENDING", "CRASHED")},
    "cancellation_cleanup": {("CANCELLING", "CANCELLED")},
    "silent_runs": {("RUNNING", "CRASHED")},
    "unheard_runs": {("RUNNING", "CRASHED")},
}
SERVICES = [service.name for service in every_service(Settings())]


class ByItself(Processes):
    """Lets services pass, one at a time, at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.services = {service.name: service for service in every_service(Settings())}
        self.believes_all = False
        body = {
            "name": "hourly",
            "flow_id": self.flow,
            "work_pool_name": "pool",
            "schedules": [schedule(3600, self.now)],
        }
        self.hourly = self.ok("POST", "/deployments/", body)

    @rule(seconds=st.sampled_from([1, 5, 30, 90, 900, 4000]))
    def time_goes_on(self, seconds):
        self.client.clock.sleep(seconds)

    @rule(name=st.sampled_from([*SERVICES, "leases", "leases", "pause_expirations"]))
    def a_service_passes(self, name):
        self.passes(name)

    def passes(self, name: str) -> None:
        run_until_done(self.services[name], self.store, self.now)
        if name == "leases":
            self.ends_what_is_gone()
        if name == "scheduler":
            self.has_scheduled()
        if name == "repossessor":
            for limit in self.limits.values():
                limit.forget_lapsed(self.now)
        self.has_moved(name)

    def ends_what_is_gone(self) -> None:
        """The first pass believes everybody for a term; the others end those whose lease ran out."""
        if not self.believes_all:
            self.believes_all = True
            for process in self.processes.values():
                if not process.ended:
                    process.until_us = max(process.until_us, self.now + TERM)
            return
        for process in self.processes.values():
            if process.ended or process.until_us > self.now:
                continue
            process.ended = True
            self.slots_of_are_free(process)
            self.crash_runs_of(process)

    def has_moved(self, name: str) -> None:
        """The model follows where the service may have moved a run, and says so where it may not."""
        shown = self.shown()
        for run in self.runs.values():
            present = shown[run.id]
            if present is None or (run.past and present["id"] == run.past[-1][0]):
                continue
            assert (run.type, present["type"]) in MOVES.get(name, ()), (name, run, present)
            assert self.was_time(name, run), (name, run, present)
            run.comes_into(present["id"], present["type"], present["name"])
            run.pause_until_us = None
            if run.over:
                run.holder = None
            if name == "claims":
                run.due_us = self.now if present["type"] == "SCHEDULED" else None

    def was_time(self, name: str, run: Run) -> bool:
        if name == "late_runs":
            return run.name == "Scheduled" and run.due_us is not None and run.due_us < self.now
        if name == "pause_expirations":
            return run.pause_until_us is not None and run.pause_until_us <= self.now and not self.is_held(run)
        return not self.is_held(run)

    # schedules

    def has_scheduled(self) -> None:
        """New runs join the model; for each instant there is one."""
        wanted = {"flow_runs": {"deployment_id": {"any_": [self.hourly["id"]]}}, "limit": 200}
        for run in self.ok("POST", "/flow_runs/filter", wanted):
            if run["id"] in self.runs:
                continue
            instant = run["state"]["state_details"]["scheduled_time"]
            assert instant not in self.instants.values(), "I7: a second run for one instant"
            self.instants[run["id"]] = instant
            made = self.runs[run["id"]] = Run(run["id"], deployed=True)
            made.comes_into(run["state"]["id"], "SCHEDULED", run["state"]["name"])
            made.due_us = at(instant)

    @rule(active=st.booleans())
    def the_schedule_is_switched(self, active):
        path = f"/deployments/{self.hourly['id']}/schedules/{self.hourly['schedules'][0]['id']}"
        self.ok("PATCH", path, {"active": active})
        self.has_withdrawn()

    def has_withdrawn(self) -> None:
        """Runs of the schedule that nothing has begun may go; no other."""
        for id_ in self.runs.keys() - self.shown().keys():
            assert id_ in self.instants, self.runs[id_]
            assert {kind for _, kind in self.runs[id_].past} == {"SCHEDULED"}, self.runs[id_]
            self.is_gone(id_)

    def comes_to_rest(self) -> None:
        """I5, I6: nobody does anything any more; whatever is under way comes to its end, and no slot stays taken."""
        for seconds in (30, 90, 900, 4000, 4000, 90_000):
            self.client.clock.sleep(seconds)
            for name in SERVICES:
                self.passes(name)
        for run in self.runs.values():
            told_by_client = run.type == "RUNNING" and run.holder is None
            assert run.over or run.type in {"SCHEDULED", "PAUSED", ""} or told_by_client, run
            assert run.type != "PAUSED" or run.pause_until_us is None, run
        left = [
            one for limit in self.limits.values() for one in limit.held.values() if one.until and one.counts(self.now)
        ]
        assert not left


def schedule(seconds: int, anchor: int) -> dict:
    return {"active": True, "schedule": {"interval": seconds, "anchor_date": moment(anchor)}}


def at(text: str) -> int:
    from datetime import datetime

    from tidemill.domain.states import to_us

    return to_us(datetime.fromisoformat(text))
