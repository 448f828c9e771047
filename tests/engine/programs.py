"""Random flow programs, and how each driver runs them.

A program is a tree of runs. A run fails its first ``fails`` tries, then calls its children, group after group; the
children of a group that is ``together`` run at the same time. Its value is made of theirs, and a failure is a value too.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import msgspec
from hypothesis import strategies as st

from tidemill import flow, task
from tidemill.api.embedded import Home
from tidemill.domain.entries import ENTRY_TYPES
from tidemill.domain.states import State
from tidemill.engine.calls import TaskCall
from tidemill.engine.drivers import asynchronous
from tidemill.engine.drivers.simulated import FaultyRecorder, SimulatedClock, SimulatedLoop, started
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, stop_using, use
from tidemill.engine.task_run import task_run
from tidemill.futures import TidemillConcurrentFuture
from tidemill.system.clock import JumpingClock
from tidemill.task_runners import TaskRunner

START_US = 1_700_000_000_000_000


@dataclass(frozen=True)
class Run:
    path: str
    is_flow: bool
    fails: int
    retries: int
    delay: int
    submitted: bool
    returns_state: bool
    groups: tuple = field(default=())  # of (together, (Run, ...))


@st.composite
def programs(draw, path="r", depth=2, is_flow=True):
    groups = []
    if depth:
        for g in range(draw(st.integers(0, 2 if depth > 1 else 1))):
            children = tuple(
                draw(programs(f"{path}{g}{c}", depth - 1, draw(st.booleans()))) for c in range(draw(st.integers(1, 3)))
            )
            groups.append((draw(st.booleans()), children))
    return Run(
        path,
        is_flow,
        draw(st.sampled_from([0, 0, 0, 1, 2])),
        draw(st.integers(0, 2)),
        draw(st.sampled_from([0, 1, 60])),
        draw(st.booleans()),
        draw(st.booleans()),
        tuple(groups),
    )


class Broken(Exception):
    pass


def value_of(state: State):
    return state.result() if state.is_completed() else state.name


class World:
    """One execution: how often each run of the program was tried."""

    def __init__(self):
        self.tries = Counter()

    def attempt(self, run, key):
        self.tries[key] += 1
        if self.tries[key] <= run.fails:
            raise Broken(f"{run.path} try {self.tries[key]}")

    def made(self, run, body, key):
        """The task or flow of this run; its function's name and place are the same for every driver."""
        body.__qualname__ = body.__name__ = f"fn_{run.path}"
        if run.is_flow:
            return flow(retries=run.retries, retry_delay_seconds=run.delay, name=run.path)(body)
        return task(retries=run.retries, retry_delay_seconds=run.delay, name=run.path)(body)


class Sync(World):
    def work(self, run):
        def body(arg):
            self.attempt(run, run.path)
            values = []
            for together, children in run.groups:
                if together:
                    started = [self.begin(child, arg + 1) for child in children]
                    values += [finish() for finish in started]
                else:
                    values += [self.begin(child, arg + 1)() for child in children]
            return [run.path, *values] if not run.returns_state else State_completed([run.path, *values])

        return self.made(run, body, run.path)

    def begin(self, child, arg):
        work = self.work(child)
        if child.is_flow or not child.submitted:
            state = work(arg, return_state=True)
            return lambda: value_of(state)
        future = work.submit(arg)

        def finish():
            future.wait()
            return value_of(future.state)

        return finish


def State_completed(data):
    from tidemill.states import Completed

    return Completed(data=data)


class Async(World):
    def work(self, run):
        async def body(arg):
            self.attempt(run, run.path)
            values = []
            for together, children in run.groups:
                if together:
                    values += await asyncio.gather(*[self.call(child, arg + 1) for child in children])
                else:
                    for child in children:
                        values.append(await self.call(child, arg + 1))
            return [run.path, *values] if not run.returns_state else State_completed([run.path, *values])

        return self.made(run, body, run.path)

    async def call(self, child, arg):
        work = self.work(child)
        if child.is_flow or not child.submitted:
            return value_of(await work(arg, return_state=True))
        return await self.submitted(work, arg)

    async def submitted(self, work, arg):
        future = work.submit(arg)
        await future.wait_async()
        return value_of(future.state)


class LoopRunner(TaskRunner):
    """Runs submitted tasks on the running loop."""

    def duplicate(self):
        return LoopRunner()

    def submit(self, task, parameters, wait_for=None, dependencies=None):
        call = TaskCall(task, parameters, wait_for)
        outcome = started(lambda: asynchronous.drive(task_run(call), call.runtime))
        future = TidemillConcurrentFuture(call.run_id, outcome)
        self._unfinished[outcome] = future
        outcome.add_done_callback(self._over)
        return future


class Simulated(Async):
    def made(self, run, body, key):
        made = super().made(run, body, key)
        if run.is_flow:
            made.task_runner = LoopRunner()
        return made


class Tap:
    """Notes what goes into a journal."""

    def __init__(self, recorder):
        self._recorder = recorder
        self.entries = []

    def append(self, kind, payload):
        self.entries.append((kind, payload))
        return self._recorder.append(kind, payload)

    def __getattr__(self, name):
        return getattr(self._recorder, name)


@dataclass
class Outcome:
    value: object
    entries: list
    trace: list


def surroundings(path, clock):
    home = Home(path, clock)
    runtime = runtime_of(home, EngineSettings())
    runtime.entropy = bytes  # ids of equal programs are equal
    runtime.chance = random.Random(3).random
    return home, runtime


def run_sync(program, path):
    home, runtime = surroundings(path, JumpingClock(START_US))
    runtime.recorder = tap = Tap(home.recorder)
    token = use(runtime)
    try:
        value = value_of(Sync().work(program)(0, return_state=True))
    finally:
        stop_using(token)
        home.close()
    return Outcome(value, tap.entries, [])


def run_async(program, path):
    home, runtime = surroundings(path, JumpingClock(START_US))
    runtime.recorder = tap = Tap(home.recorder)
    token = use(runtime)
    try:
        value = value_of(asyncio.run(Async().work(program)(0, return_state=True)))
    finally:
        stop_using(token)
        home.close()
    return Outcome(value, tap.entries, [])


def run_simulated(program, path, seed=0, **faults):
    loop = SimulatedLoop(seed, START_US)
    home, runtime = surroundings(path, SimulatedClock(loop))
    runtime.recorder = faulty = FaultyRecorder(home.recorder, loop, **faults)
    token = use(runtime)
    try:
        value = value_of(loop.run_until_complete(Simulated().work(program)(0, return_state=True)))
    except BaseException as error:
        value = error
    finally:
        stop_using(token)
        home.close()
    return Outcome(value, [(kind, payload) for _, kind, payload in faulty.trace], faulty.trace)


_TIMES = {"created_us", "timestamp_us", "start_us", "end_us", "run_time_us", "state_id", "expected_start_us", "details"}


def normal(entries):
    """What each run's journal says, without times; order counts within a run and not between runs."""
    runs: dict[str, list] = {}
    for kind, payload in entries:
        entry = msgspec.json.decode(payload, type=ENTRY_TYPES[kind])
        facts = {name: getattr(entry, name) for name in entry.__struct_fields__ if name not in _TIMES}
        if "result" in facts:
            facts["result"] = facts["result"] is not None  # sealed with the key of its home
        facts.pop("flow_version", None)
        facts.pop("kept_parameters", None)
        owner = getattr(entry, "flow_run_id", None) if kind == 3 else getattr(entry, "id", entry.root)
        if kind != 7:
            runs.setdefault(owner, []).append((type(entry).__name__, facts))
    return runs
