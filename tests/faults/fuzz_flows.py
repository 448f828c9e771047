"""Nasty parameters, names, tags and log lines: a flow takes or refuses them, and its run ends and is recorded."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults import nasty
from tidemill import flow, get_run_logger, tags, task
from tidemill.domain.names import LONGEST_NAME_BYTES, clean_text
from tidemill.domain.states import TERMINAL_STATES
from tidemill.engine.runtime import stop_using, use
from tidemill.exceptions import InvalidNameError
from tidemill.system.clock import JumpingClock
from tidemill.testing.memory import MemoryHome

if TYPE_CHECKING:
    from collections.abc import Iterator

START_US = 1_700_000_000_000_000


@task
def handed_on(value: Any) -> Any:
    return value


@flow
def anything(value: Any, line: str) -> Any:
    get_run_logger().warning("%s", line)
    return handed_on(value)


@flow(flow_run_name="run of {value}")
def numbers(value: int, line: str) -> int:
    return len(line) + value


@flow
def nested(value: dict[str, list[float]], line: str = "") -> int:
    return len(value)


@flow(validate_parameters=False)
def unchecked(value: int, line: str) -> Any:
    print(line)
    return handed_on.with_options(task_run_name="{value}")(value)


@cache
def home() -> MemoryHome:
    """One for all seeds: what is left of one is there for the next."""
    return MemoryHome(JumpingClock(START_US), Path("/simulated"))


def _may_be(name: str) -> bool:
    """Whether a flow may have this name: something to see, not too long, without what has a meaning in an address."""
    fits = len(clean_text(name).encode()) <= LONGEST_NAME_BYTES
    return fits and bool(name.strip(" \t\r\n\"'")) and not set(name) & set("/%&><")


def _refused_or_not(run: Any, name: str) -> Iterator[str]:
    """A name is refused with the error that says so, or taken; an empty one counts as not given."""
    try:
        run.with_options(name=name)
    except InvalidNameError as error:
        if _may_be(name):
            yield f"the name {name!r} was refused: {error}"
    else:
        if name and not _may_be(name):
            yield f"the name {name!r} was taken"


def complaints(seed: int, _folder: Path) -> Iterator[str]:
    chance = random.Random(seed)
    run = chance.choice([anything, numbers, nested, unchecked])
    surroundings = home()
    token = use(surroundings.runtime)
    before = surroundings.store.count_flow_runs()
    try:
        if chance.random() < 0.3:
            yield from _refused_or_not(run, name := nasty.text(chance))
            run = run.with_options(name=name if _may_be(name) else "named")
        with tags(*[nasty.text(chance) for _ in range(chance.randint(0, 2))]):
            state = run(nasty.value(chance), nasty.text(chance), return_state=True)
        if run.fn is anything.fn and not state.is_completed():
            yield f"{run.name!r} takes anything, and ended as {state!r:.200}"
        surroundings.recorder.wait_applied()
    except Exception as error:
        yield f"{run.name!r}: {type(error).__name__}: {error!s:.200}"
    finally:
        stop_using(token)
    store = surroundings.store
    if store.count_flow_runs() != before + 1:
        yield f"the run of {run.name!r} is not recorded"
        return
    (last,) = store.find_flow_runs(limit=1)
    if last.state_type not in TERMINAL_STATES:
        yield f"the run of {run.name!r} is left {last.state_name}"
    if seed % 100 == 0:
        store.check()
        for each in store.find_flow_runs(limit=200):
            store.flow_run_states(each.id)
