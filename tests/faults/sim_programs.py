"""Random flow programs for the simulation: those of the drivers' test, and what only a world of its own time can have.

A run may also fail after its children are done (a flow), fail always, sleep past its time-out, need the one slot of a
limit, or pause. How often it failed is remembered outside of the machines, as a real source of trouble would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.engine.programs import Broken, Run, Simulated, value_of
from tidemill import task
from tidemill.flow_runs import apause_flow_run, asuspend_flow_run

if TYPE_CHECKING:
    import random

SCARCE = "scarce"
TIMEOUT = 5.0


@dataclass(frozen=True)
class Troubled(Run):
    late: bool = False
    always: bool = False
    sleeps: float = 0.0
    times_out: bool = False
    scarce: bool = False
    waits: str = ""  # "pause" or "suspend"


def drawn(chance: random.Random, path: str = "r", depth: int = 2, *, is_flow: bool = True) -> Troubled:
    """A program; the same chance draws the same one."""
    groups = []
    if depth:
        for g in range(chance.randint(depth - 1, depth)):
            children = tuple(
                drawn(chance, f"{path}{g}{c}", depth - 1, is_flow=chance.random() < 0.4)
                for c in range(chance.randint(1, depth + 1))
            )
            groups.append((chance.random() < 0.5, children))
    retries = chance.randint(0, 2)
    leaf = not is_flow and not groups
    return Troubled(
        path,
        is_flow,
        chance.randint(0, retries),
        retries,
        chance.choice([0, 1, 60]),
        chance.random() < 0.5,
        chance.random() < 0.5,
        tuple(groups),
        late=is_flow and chance.random() < 0.5,
        always=depth < 2 and chance.random() < 0.08,
        sleeps=chance.choice([0, 0, 0.5, 2]) if leaf else 0.0,
        times_out=leaf and chance.random() < 0.1,
        scarce=leaf and chance.random() < 0.2,
        waits=chance.choice(["", "", "", "pause", "suspend"]) if depth == 2 else "",
    )


class Troubles(Simulated):
    """The program's bodies, in one life of its machine. ``begun`` notes every body that began, in order."""

    def __init__(self, failed: Counter[str], begun: list[str]) -> None:
        super().__init__()
        self._failed = failed
        self._begun = begun

    def fail(self, run: Troubled) -> None:
        if run.always or self._failed[run.path] < run.fails:
            self._failed[run.path] += 1
            raise Broken(run.path)

    def work(self, run: Troubled) -> Any:
        async def body(arg: int) -> Any:
            self._begun.append(run.path)
            if run.waits == "suspend":
                await asuspend_flow_run()
            elif run.waits == "pause":
                await apause_flow_run()
            if not run.late:
                self.fail(run)
            if run.sleeps or run.times_out:
                await asyncio.sleep(10 * TIMEOUT if run.times_out else run.sleeps)
            values: list[Any] = []
            for together, children in run.groups:
                if together:
                    values += await asyncio.gather(*[self.call(child, arg + 1) for child in children])
                else:
                    values += [await self.call(child, arg + 1) for child in children]
            if run.late:
                self.fail(run)
            return [run.path, arg, *values]

        return self.made(run, body, run.path)

    def made(self, run: Troubled, body: Any, key: str) -> Any:
        if run.is_flow:
            return super().made(run, body, key)
        body.__qualname__ = body.__name__ = f"fn_{run.path}"
        return task(
            retries=run.retries,
            retry_delay_seconds=run.delay,
            name=run.path,
            tags=[SCARCE] if run.scarce else [],
            timeout_seconds=TIMEOUT if run.sleeps or run.times_out else None,
        )(body)


__all__ = ["SCARCE", "Troubled", "Troubles", "drawn", "value_of"]
