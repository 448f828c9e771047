"""Runs as clients tell of them, told to a store directly."""

from __future__ import annotations

import random

from tidemill.domain.identity import derived_uuid, flow_id, uuid7, uuid_text
from tidemill.domain.orchestration.proposals import proposed_state
from tidemill.domain.states import StateDetails, StateType, from_us
from tidemill.store.judging import Circumstances
from tidemill.store.made_flow_runs import NewFlowRun
from tidemill.store.made_task_runs import NewTaskRun

NOW = 1_700_000_000_000_000
SECOND = 1_000_000
KINDS = list(StateType)


class Teller:
    """Tells a store of runs; the same seed tells the same. ``now`` goes on by itself."""

    def __init__(self, store, seed=0):
        self.store = store
        self.chance = random.Random(seed)
        self.now = NOW

    def around(self, **more):
        return Circumstances(now=self.now, new_id=self.new_id, chance=self.chance.random, **more)

    def new_id(self):
        return uuid7(self.now, self.chance.randbytes(10))

    def state(self, kind, name=None, **details):
        return proposed_state(StateType(kind), name, now_us=self.now, details=StateDetails(**details))

    def flow(self, name="etl", tags=(), labels=None):
        flow, _ = self.store.create_flow(flow_id("default", name), name, list(tags), labels or {}, self.now)
        return flow.id

    def flow_run(self, flow, kind="PENDING", name=None, state_name=None, details=None, **more):
        self.now += SECOND
        id_ = more.pop("id", None) or self.new_id()
        new = NewFlowRun(id=id_, flow_id=flow, name=name or f"run-{id_[-4:]}", **more)
        run, _ = self.store.make_flow_run(new, self.state(kind, state_name, **(details or {})), self.around())
        return run.id

    def task_run(self, flow_run, key="t", dynamic_key="0", kind="PENDING", **more):
        self.now += SECOND
        id_ = more.pop("id", None) or self.new_id()
        new = NewTaskRun(
            id=id_, flow_run_id=flow_run, name=f"{key}-{dynamic_key}", task_key=key, dynamic_key=dynamic_key, **more
        )
        run, _ = self.store.make_task_run(new, self.state(kind), self.around())
        return run.id

    def propose(self, flow_run, kind, name=None, force=False, data=None, around=None, **details):
        self.now += SECOND
        state = proposed_state(StateType(kind), name, now_us=self.now, details=StateDetails(**details), data=data)
        return self.store.propose_flow_run_state(flow_run, state, around or self.around(), force=force)

    def propose_task(self, task_run, kind, name=None, force=False, data=None, around=None, **details):
        self.now += SECOND
        state = proposed_state(StateType(kind), name, now_us=self.now, details=StateDetails(**details), data=data)
        return self.store.propose_task_run_state(task_run, state, around or self.around(), force=force)


def an_id(name):
    return uuid_text(derived_uuid(b"told", name.encode()))


def crowd(store, runs=30, seed=1):
    """Flows with runs in all states, some with task runs, some of those standing for subflow runs."""
    teller = Teller(store, seed)
    chance = teller.chance
    flows = [teller.flow(name, tags) for name, tags in (("etl", ["x"]), ("Report", []), ("load_100%", ["x", "y"]))]
    standing = []
    for number in range(runs):
        due = from_us(teller.now + chance.randrange(-50, 50) * SECOND)
        run = teller.flow_run(
            chance.choice(flows),
            chance.choice(KINDS),
            name=chance.choice(["alpha", "Beta", "gamma_1", "a%b", f"run-{number}"]),
            details={"scheduled_time": due},
            tags=chance.sample(["x", "y", "z"], chance.randrange(3)),
            flow_version=chance.choice([None, "v1", "v2"]),
            deployment_id=chance.choice([None, None, an_id("d1"), an_id("d2")]),
            idempotency_key=chance.choice([None, f"key-{number % 5}-{number}"]),
            work_queue_name=chance.choice([None, "default", "fast"]),
            created_by=chance.choice(
                [None, {"id": an_id("who"), "type": "USER"}, {"id": an_id("it"), "type": "AUTOMATION"}]
            ),
            parent_task_run_id=standing.pop() if standing and chance.random() < 0.6 else None,
        )
        for task in range(chance.randrange(3)):
            made = teller.task_run(
                run,
                chance.choice(["t", "u"]),
                str(task),
                chance.choice(KINDS),
                tags=chance.sample(["x", "y", "z"], chance.randrange(3)),
            )
            if chance.random() < 0.4:
                standing.append(made)
    return teller
