"""A flow program on machines that die, sleep and cannot write, one after the other, until it is done; by a seed.

``python -m tests.faults.simulation SEED [COUNT]`` does one again, or so many from there on.
"""

from __future__ import annotations

import logging
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.engine.programs import START_US
from tests.faults.sim_machine import NONE, Faults, Journal, Machine, keeper
from tests.faults.sim_programs import SCARCE, Troubled, Troubles, drawn, value_of
from tidemill.domain.identity import uuid7
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import StateType, from_us
from tidemill.engine.continuing import continue_run
from tidemill.engine.runtime import stop_using, use
from tidemill.store.sqlite.store import SqliteStore

SECOND = 1_000_000
LIVES_AT_MOST = 12


@dataclass
class Life:
    """What one machine did, and what the store knew when it came."""

    faults: Faults
    begun: list[str] = field(default_factory=list)
    finished_before: list[str] = field(default_factory=list)
    value: Any = None
    trace: list[tuple[int, int, bytes]] = field(default_factory=list)
    turns: int = 0
    retried: bool = False
    refused: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass
class History:
    """All that the checker looks at."""

    seed: int
    program: Troubled
    store: SqliteStore
    lives: list[Life] = field(default_factory=list)
    journals: list[Journal] = field(default_factory=list)
    value: Any = None

    @property
    def harmed(self) -> frozenset[str]:
        """Which kinds of faults there were."""
        kinds = set()
        for life in self.lives:
            kinds |= {name for name in vars(life.faults) if getattr(life.faults, name)}
        return frozenset(kinds)


def lived(seed: int, program: Troubled, plan: list[Faults]) -> History:
    """Run the program through these lives, and then to its end."""
    history = History(seed, program, SqliteStore.in_memory())
    chance = random.Random(seed)
    failed: Counter[str] = Counter()
    history.store.create_limit(_limit(chance), START_US)
    late: list[Machine] = []
    now = START_US
    for number in range(LIVES_AT_MOST):
        faults = plan[number] if number < len(plan) else NONE
        life = Life(faults)
        if not _to_do(history, life):
            break
        history.lives.append(life)
        machine = Machine(history.store, chance.getrandbits(32), now, chance, faults)
        history.journals.append(machine.journal)
        _live(machine, life, Troubles(failed, life.begun).work(program), late)
        now = machine.loop.us + chance.choice([0, 1, 30]) * SECOND + 1
        machine.bury(now)
        for each in late:
            each.wake_late()
        late = [machine]
    for each in late:
        each.wake_late()
    history.value = _kept_value(history.store)
    return history


def _kept_value(store: SqliteStore) -> Any:
    """What whoever asks the store is told that the program gave."""
    (root,) = [run for run in store.find_flow_runs(limit=-1) if not run.is_subflow_run][:1]
    kept = store.kept_result(root.id) if root.state_type is StateType.COMPLETED else None
    return keeper().load(kept) if kept is not None else root.state_name


def _limit(chance: random.Random) -> ConcurrencyLimit:
    moment = from_us(START_US)
    return ConcurrencyLimit(
        id=uuid7(START_US, chance.randbytes(10)),
        name=f"tag:{SCARCE}",
        limit=1,
        active_slots=0,
        created=moment,
        updated=moment,
    )


def _to_do(history: History, life: Life) -> bool:
    """Is another life needed? Where an entry was refused, the run is retried once when the disk is well again."""
    store = history.store
    life.finished_before = finished(store)
    roots = [run for run in store.find_flow_runs(limit=-1) if not run.is_subflow_run]
    if not roots or roots[0].state_type not in (StateType.COMPLETED, StateType.FAILED):
        return True
    since = [each for each in history.lives if each.faults.refuses or each.retried]
    life.retried = bool(since) and (not since[-1].retried or since[-1].faults.any)
    return life.retried


def path_of(key: str) -> str:
    """Where in the program the work of this key is: a task's key, or a flow's name."""
    return key.removeprefix("fn_").split("-")[0]


def finished(store: SqliteStore) -> list[str]:
    """The paths of the program that completed, with their values kept."""
    tasks = [run for run in store.find_task_runs(limit=-1) if run.child_flow_run_id is None]
    flows = [run for run in store.find_flow_runs(limit=-1) if run.is_subflow_run]
    done = [(run.task_key, run) for run in tasks] + [(run.flow_name, run) for run in flows]
    return sorted(
        path_of(key)
        for key, run in done
        if run.state_type is StateType.COMPLETED and store.kept_result(run.id) is not None
    )


def _live(machine: Machine, life: Life, work: Any, late: list[Machine]) -> None:
    token = use(machine.runtime)
    loop, store = machine.loop, machine.store
    _let_pass(machine)
    for each in late:  # in the midst of this life
        loop.call_later(0.3, each.wake_late)
    try:
        roots = [run for run in store.find_flow_runs(limit=-1) if not run.is_subflow_run]
        if roots:
            going_on = continue_run(work, roots[0], machine, machine.runtime, retry=life.retried)  # type: ignore[arg-type]  # a machine is what a home is
        else:
            going_on = work(0, return_state=True)
        life.value = value_of(loop.run_until_complete(going_on))
    except BaseException as error:
        life.value = error
    finally:
        stop_using(token)
    life.trace, life.turns, life.refused = machine.trace, loop.turns, machine.refused


def _let_pass(machine: Machine) -> None:
    """Somebody looks every second of the loop's time whether a run waits for leave, for some minutes."""
    store, loop = machine.store, machine.loop

    def look(times: int) -> None:
        machine.wait_applied()
        for run in store.find_flow_runs(limit=-1):
            if run.state_name == "Paused":
                store.resume_flow_run(run.id, loop.us)
                return
        if times:
            loop.call_later(1.0, look, times - 1)

    loop.call_later(0.7, look, 10)


def planned(seed: int, usual: Life) -> list[Faults]:
    """The faults of a seed: one to three lives that end badly, by what a life in peace took."""
    chance = random.Random(f"faults {seed}")
    entries, turns = len(usual.trace), usual.turns
    plan = []
    for _ in range(chance.randint(1, 3)):
        kind = chance.randrange(5)
        plan.append(
            Faults(
                dies_before=chance.randint(1, entries) if kind in (0, 1) else 0,
                dies_at_turn=chance.randint(1, turns) if kind in (2, 3) else 0,
                refuses=frozenset(chance.sample(range(1, entries + 1), 1)) if kind == 4 else frozenset(),
                busy=chance.choice([0.0, 0.0, 0.3]),
                comes_late=kind in (1, 3) and chance.random() < 0.5,
            )
        )
    return plan


def simulated(seed: int) -> tuple[History, History]:
    """The program of a seed with its faults, and in peace."""
    program = drawn(random.Random(seed))
    usual = lived(seed, program, [])
    return lived(seed, program, planned(seed, usual.lives[0])), usual


def complaints_of(first: int, count: int) -> list[str]:
    """One line for each thing that does not hold, with how to see it again."""
    from tests.faults.sim_checker import complaints

    found = []
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # failures are part of the programs
    try:
        for seed in range(first, first + count):
            history, usual = simulated(seed)
            found += [
                f"FAILED python -m tests.faults.simulation {seed}  # {each}" for each in complaints(history, usual)
            ]
            history.store.close()
            usual.store.close()
    finally:
        logging.disable(before)
    return found


if __name__ == "__main__":
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    lines = complaints_of(int(sys.argv[1]), count)
    print("\n".join(lines))
    print(f"seeds={count} failures={len(lines)}")
    sys.exit(1 if lines else 0)
