"""However those who want slots take turns, and wherever they are broken off: never too many, and none left over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import from_us
from tidemill.engine.drivers.sync import outcome_of
from tidemill.engine.effects import Block
from tidemill.engine.slots import Wish
from tidemill.engine.taking_slots import take_slots
from tidemill.exceptions import ConcurrencySlotAcquisitionError
from tidemill.system.clock import JumpingClock
from tidemill.testing.memory import MemoryHome

LIMITS = {"a": 1, "b": 2, "c": 3}
WISHES = st.tuples(st.sets(st.sampled_from("abc"), min_size=1).map(sorted), st.integers(1, 3))
MOVES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["step", "step", "step", "break off", "late"])), max_size=60
)


class Wanting:
    """Somebody who takes slots, holds them for a move, and gives them back; each move is one step."""

    def __init__(self, home: MemoryHome, names: list[str], slots: int) -> None:
        self.steps = take_slots(home.slots, Wish(tuple(names), slots))
        self.answer: Any = None
        self.lease: Any = None
        self.over = False
        self.late: Block | None = None

    def move(self, how: str) -> None:
        if self.over:
            return
        if self.lease is not None:
            self.lease.give_back()
            self.over = True
        elif how == "step":
            self.step()
        else:
            self.break_off(how)

    def step(self) -> None:
        try:
            effect = self.steps.send(self.answer)
        except StopIteration as done:
            self.lease = done.value
        except ConcurrencySlotAcquisitionError:
            self.over = True
        else:
            self.late = effect if type(effect) is Block else None
            self.answer = outcome_of(effect.function, *effect.args) if self.late else None

    def break_off(self, how: str) -> None:
        """As a cancelled task: its thread may still be asking the store when the steps are closed."""
        self.steps.close()
        if how == "late" and self.late is not None:
            outcome_of(self.late.function, *self.late.args)
        self.over = True


def taken(home: MemoryHome) -> dict[str, int]:
    return {limit.name: limit.active_slots for limit in home.store.limits(home.clock.now_us())}


@given(wishes=st.lists(WISHES, min_size=1, max_size=6), moves=MOVES)
def test_never_too_many_and_none_left_over(wishes, moves):
    home = MemoryHome(JumpingClock(), Path("nowhere"))
    try:
        for name, slots in LIMITS.items():
            at = from_us(home.clock.now_us())
            home.store.create_limit(
                ConcurrencyLimit(id=name, name=name, limit=slots, active_slots=0, created=at, updated=at), 0
            )
        wanting = [Wanting(home, *wish) for wish in wishes]

        for who, how in moves:
            wanting[who % len(wanting)].move(how)
            assert all(count <= LIMITS[name] for name, count in taken(home).items())
        for _ in range(200):
            for each in wanting:
                each.move("step")

        assert all(each.over for each in wanting)
        assert (taken(home), home.slots.waiting("a"), home.slots._held) == ({"a": 0, "b": 0, "c": 0}, 0, {})
    finally:
        home.close()
