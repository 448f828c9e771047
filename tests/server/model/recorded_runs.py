"""What processes tell of runs that they hold under an epoch: it comes when it comes, and perhaps again."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.server.model.expected import FOLLOWS, REOPENS, Process, Run
from tests.server.model.processes import Processes
from tests.store.conformance.story import created, state
from tidemill.domain.entries import FlowRunCreated, RootHeld, encode

TOLD = st.sampled_from(["RUNNING", "RUNNING", "COMPLETED", "FAILED", "PAUSED", "SCHEDULED", "CANCELLED"])


class RecordedRuns(Processes):
    """Lets processes tell, loses and repeats what they tell, and lets others take their runs over."""

    @precondition(lambda self: self.processes and len(self.runs) < 5)
    @rule(data=st.data(), at_once=st.booleans())
    def begins_a_run(self, data, at_once):
        self.runs_of(data.draw(st.sampled_from(list(self.processes.values()))), at_once)

    def runs_of(self, process: Process, at_once: bool) -> None:
        name = self.fresh_id()
        entry = created(name, deployment_id=None)
        process.runs[entry.id] = 1
        self.tells(process, entry, entry.id)
        self.tells(process, RootHeld(entry.id, 1), entry.id)
        self.tells(process, state(entry.id, "RUNNING", at=self.now), entry.id)
        if at_once:
            self.tells_the_rest(process)

    @precondition(lambda self: any(process.runs for process in self.processes.values()))
    @rule(data=st.data(), kind=TOLD, at_once=st.booleans())
    def tells_a_state(self, data, kind, at_once):
        process = data.draw(st.sampled_from([one for one in self.processes.values() if one.runs]))
        run = data.draw(st.sampled_from(list(process.runs)))
        self.tells(process, state(run, kind, at=self.now, state_id=self.fresh_id()), run)
        if at_once:
            self.tells_the_rest(process)

    def tells_the_rest(self, process: Process) -> None:
        while process.taken < len(process.told):
            self.delivers(process, process.taken, 20)

    def tells(self, process: Process, entry, run: str) -> None:
        process.told.append((entry, run, process.runs[run]))

    @precondition(lambda self: any(process.told for process in self.processes.values()))
    @rule(data=st.data(), back=st.integers(0, 3), count=st.integers(1, 6), skipped=st.sampled_from([0, 0, 0, 1]))
    def what_it_told_arrives(self, data, back, count, skipped):
        """In order; or again from before; or from behind what is still missing."""
        process = data.draw(st.sampled_from([one for one in self.processes.values() if one.told]))
        self.delivers(process, min(max(0, process.taken - back) + skipped, len(process.told) - 1), count)

    def delivers(self, process: Process, first: int, count: int) -> None:
        batch = process.told[first : first + count]
        epochs: dict[str, int] = {}
        for place, (_, run, epoch) in enumerate(batch):  # a batch speaks under one epoch for each run
            if epochs.setdefault(run, epoch) != epoch:
                batch = batch[:place]
                break
        taken = process.taken
        said = self.ok("POST", "/tm/journal", journal_batch(process.id, first, batch))

        for place, (entry, run, epoch) in enumerate(batch, first):
            if first <= process.taken <= place:
                self.arrives(process, entry, run, epochs[run], {one.id for one, _, _ in batch if is_creation(one)})
                process.taken = place + 1
        if process.ended and process.taken > taken and self.holds_something(process):
            process.ended = False  # so that it can be ended for them once more
        assert said["applied_seq"] == process.taken

    def holds_something(self, process: Process) -> bool:
        return any(run.holder == process.id and not run.over for run in self.runs.values())

    def arrives(self, process: Process, entry, run_id: str, epoch: int, made: set[str]) -> None:
        run = self.runs.get(run_id)
        if is_creation(entry):
            if run_id not in self.gone or run_id in made:
                run = self.runs.setdefault(run_id, Run(run_id, recorded=True, epoch=epoch))
                run.holder = process.id
            return
        if run is None or epoch < run.epoch:
            return
        if isinstance(entry, RootHeld):
            if not (run.over and run.holder is None and run.epoch == entry.epoch):  # it was ended since the claim
                run.epoch, run.holder = entry.epoch, process.id
            return
        self.is_told(process, run, entry)

    def is_told(self, process: Process, run: Run, entry) -> None:
        kind, name = entry.type, entry.name
        if any(entry.state_id == known for known, _ in run.past):
            return
        if run.type == "CANCELLING" and kind in {"COMPLETED", "FAILED"}:
            kind, name = "CANCELLED", "Cancelled"
        again = run.over and kind in REOPENS and run.holder == process.id
        if kind in FOLLOWS[run.type] or again:
            run.comes_into(entry.state_id, kind, name)
            run.pause_until_us = run.due_us = None

    @precondition(lambda self: self.processes and self.with_a_state())
    @rule(data=st.data(), allow=st.sampled_from([["SCHEDULED", "PENDING"], ["CRASHED", "FAILED"], ["RUNNING"]]))
    def takes_a_run_over(self, data, allow):
        process = data.draw(st.sampled_from(list(self.processes.values())))
        run = data.draw(st.sampled_from(self.with_a_state()))
        body = {"flow_run_id": run.id, "producer": process.id, "now": self.now, "allow": allow}
        said = self.client.post("/api/tm/store/claim_flow_run", body)

        if run.type not in allow or (not run.over and self.is_held(run) and run.holder != process.id):
            assert said.status == 409, (run, said)
            return
        assert said.status == 200, said
        assert said.body["epoch"] == run.epoch + 1
        run.epoch, run.holder = said.body["epoch"], process.id
        process.runs[run.id] = run.epoch
        process.ended = process.ended and not self.holds_something(process)
        self.tells(process, RootHeld(run.id, run.epoch), run.id)
        self.tells(process, state(run.id, "RUNNING", at=self.now, state_id=self.fresh_id(), run_count=2), run.id)

    @precondition(lambda self: self.with_a_state())
    @rule(data=st.data())
    def is_to_be_cancelled(self, data):
        run = data.draw(st.sampled_from(self.with_a_state()))
        said = self.client.post("/api/tm/store/cancel_flow_run", {"flow_run_id": run.id, "now": self.now})

        if run.over:
            assert said.status == 409
            return
        assert said.status < 300, said
        goal = "CANCELLING" if self.is_held(run) else "CANCELLED"
        if (run.type, goal) != ("CANCELLING", "CANCELLING"):
            shown = self.ok("GET", f"/flow_runs/{run.id}")["state"]
            assert shown["type"] == goal, (run, shown)
            run.comes_into(shown["id"], goal, shown["name"])
            run.pause_until_us = run.due_us = None
            run.holder = None if run.over else run.holder


def is_creation(entry) -> bool:
    return isinstance(entry, FlowRunCreated)


def journal_batch(producer: str, first: int, batch) -> dict:
    return {
        "producer": producer,
        "first_seq": first + 1,
        "last_seq": first + len(batch),
        "roots": {run: epoch for _, run, epoch in batch},
        "entries": [[entry.kind, msgspec.json.decode(encode(entry))] for entry, _, _ in batch],
    }
