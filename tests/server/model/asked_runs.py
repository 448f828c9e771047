"""What clients of the REST API do to runs."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.server.model.expected import Asked, Run, verdict
from tests.server.model.world import AN_HOUR, SECOND, World, moment
from tests.store.conformance.story import an_id

STATES = ("SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "CRASHED", "PAUSED", "CANCELLING")
#: A run's usual way comes up more often than what else may be asked.
PROPOSED = st.sampled_from((*STATES, "PENDING", "RUNNING", "RUNNING", "RUNNING", "COMPLETED", "PAUSED"))


class AskedRuns(World):
    """Makes runs, proposes states, resumes, cancels and deletes."""

    @precondition(lambda self: len(self.runs) < 5)
    @rule(key=st.sampled_from([None, "once", "again"]), due=st.sampled_from([None, 0, 600]), deployed=st.booleans())
    def a_run_is_made(self, key, due, deployed):
        self.make_a_run(key, due, deployed)

    def make_a_run(self, key, due, deployed):
        body = {"flow_id": self.flow, "idempotency_key": key}
        if deployed:
            body["deployment_id"] = self.deployment
        if due is not None:
            body["state"] = {"type": "SCHEDULED", "state_details": {"scheduled_time": moment(self.now + due * SECOND)}}
        said = self.client.post("/api/flow_runs/", body)

        known = self.keys.get(key)
        if known is not None and known in self.runs:
            assert (said.status, said.body["id"]) == (200, known)
            return
        assert said.status == 201, said
        run = self.runs[said.body["id"]] = Run(said.body["id"], deployed=deployed)
        run.comes_into(said.body["state"]["id"], "PENDING" if due is None else "SCHEDULED", said.body["state"]["name"])
        run.due_us = None if due is None else self.now + due * SECOND
        self.keys[key] = run.id if key else None

    @precondition(lambda self: self.with_a_state())
    @rule(
        data=st.data(), kind=PROPOSED, force=st.integers(0, 9), transition=st.sampled_from([None, None, "one", "two"]),
        twice=st.booleans(),
    )  # fmt: skip
    def propose(self, data, kind, force, transition, twice):
        run = data.draw(st.sampled_from(self.with_a_state()))
        details, asked = {}, Asked(kind)
        if transition:
            asked.transition = f"{transition} {run.id}"
            details["transition_id"] = an_id(asked.transition)
        if kind == "PAUSED":
            asked.pause_until_us = self.now + AN_HOUR
            details["pause_timeout"] = moment(asked.pause_until_us)
        if kind == "SCHEDULED":
            asked.due_us = self.now + 60 * SECOND
            details["scheduled_time"] = moment(asked.due_us)
        forced = force == 0
        body = {"state": {"type": kind, "state_details": details}, "force": forced}
        request = {"Tidemill-Request-Id": self.fresh_id()} if twice else {}

        said = self.client.post(f"/api/flow_runs/{run.id}/set_state", body, **request)

        status, written = verdict(run, asked, self.now, force=forced)
        assert said.status in (200, 201), said
        assert said.body["status"] == status, (run, asked, said.body)
        if written is not None:
            self.takes(run, said.body["state"], written, asked)
        if twice:
            assert self.client.post(f"/api/flow_runs/{run.id}/set_state", body, **request).body == said.body

    def takes(self, run: Run, state: dict, written: str, asked: Asked) -> None:
        """The model follows what was answered."""
        assert state["type"] == written, (run, asked, state)
        before = run.type
        run.comes_into(state["id"], written, state["name"])
        if written == asked.type and asked.transition:
            run.transitions.add(asked.transition)
        run.pause_until_us = asked.pause_until_us if written == "PAUSED" else None
        if not (before == "SCHEDULED" and written == "PENDING"):  # who takes a run that waits keeps its time in mind
            run.due_us = asked.due_us if written == "SCHEDULED" else None
        if run.over:
            run.holder = None

    @precondition(lambda self: self.with_a_state())
    @rule(data=st.data())
    def resume(self, data):
        run = data.draw(st.sampled_from(self.with_a_state()))

        said = self.client.post(f"/api/flow_runs/{run.id}/resume")

        if run.type != "PAUSED":
            assert said.body["status"] == "ABORT", (run, said)
            return
        late = run.pause_until_us is not None and run.pause_until_us < self.now
        if run.recorded:
            self.resumed_where_it_is_recorded(run, said)
            return
        assert said.body["status"] == ("REJECT" if late else "ACCEPT"), (run, said)
        self.takes(run, said.body["state"], "FAILED" if late else "RUNNING", Asked("RUNNING"))

    def resumed_where_it_is_recorded(self, run: Run, said) -> None:
        late = run.pause_until_us is not None and run.pause_until_us <= self.now
        held = self.is_held(run)
        if late and held:
            assert said.body["status"] == "ABORT"
            return
        kind = "FAILED" if late else "RUNNING" if held else "SCHEDULED"
        self.takes(run, said.body["state"], kind, Asked(kind, due_us=self.now))

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), seldom=st.integers(0, 4))
    def delete(self, data, seldom):
        if seldom:
            return
        run = data.draw(st.sampled_from(list(self.runs.values())))

        assert self.client.delete(f"/api/flow_runs/{run.id}").status == 204
        assert self.client.delete(f"/api/flow_runs/{run.id}").status == 404
        assert self.client.post(f"/api/flow_runs/{run.id}/set_state", {"state": {"type": "RUNNING"}}).status == 404
        self.is_gone(run.id)
