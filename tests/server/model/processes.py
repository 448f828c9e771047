"""Processes that write journals: they begin, beat or fall silent, and end."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.server.model.expected import Process
from tests.server.model.world import TERM, World


class Processes(World):
    """At most two at a time."""

    @precondition(lambda self: len(self.processes) < 2)
    @rule()
    def another_begins(self):
        self.a_process_begins()

    def a_process_begins(self):
        process = Process(f"process-{len(self.processes)}", self.now + TERM)
        producer = {"id": process.id, "host": "here", "pid": 1, "beat_us": self.now, "lease_until_us": process.until_us}
        self.ok("POST", "/tm/store/register_producer", {"producer": producer})
        self.processes[process.id] = process

    @precondition(lambda self: self.processes)
    @rule(data=st.data())
    def beats(self, data):
        process = data.draw(st.sampled_from(list(self.processes.values())))
        body = {"producer": process.id, "now": self.now, "lease_until": self.now + TERM}

        assert self.ok("POST", "/tm/store/beat", body) is not process.ended

        if not process.ended:
            process.until_us = self.now + TERM

    @precondition(lambda self: self.processes)
    @rule(data=st.data())
    def ends_well(self, data):
        """As recorders do it: everything it told has arrived, and what is open is crashed before the end is said."""
        process = data.draw(st.sampled_from(list(self.processes.values())))
        self.tells_the_rest(process)
        self.ok("POST", "/tm/store/crash_runs_of", {"producer": process.id, "now": self.now, "message": "it ended"})
        self.crash_runs_of(process)
        self.ok("POST", "/tm/store/end_producer", {"producer": process.id, "now": self.now})
        process.ended = True
        self.slots_of_are_free(process)

    def crash_runs_of(self, process: Process) -> None:
        for run in self.runs.values():
            if run.holder == process.id and not run.over and run.type != "PAUSED":
                kind = "CANCELLED" if run.type == "CANCELLING" else "CRASHED"
                run.comes_into("", kind, kind.capitalize())
                run.epoch += 1
                run.holder = None
        self.learns_ids()

    def learns_ids(self) -> None:
        """Of states that the model saw coming and the server made."""
        for run in self.runs.values():
            if run.past and run.past[-1][0] == "":
                run.past[-1] = (self.shown()[run.id]["id"], run.type)

    def slots_of_are_free(self, process: Process) -> None:
        for limit in self.limits.values():
            limit.held = {lease: held for lease, held in limit.held.items() if held.holder != process.id}

    def tells_the_rest(self, process: Process) -> None:
        """For those whose processes tell something."""
