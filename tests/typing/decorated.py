"""A decorated function keeps its types. Read by mypy, basedpyright and ty in `make check`; never run.

A line that must be refused carries an ignore comment, and a checker that would accept the line reports the comment.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import assert_type

from tidemill import State, flow, task
from tidemill.futures import TidemillFuture, TidemillFutureList, as_completed, wait


@task
def length(text: str, *, twice: bool = False) -> int:
    """Without options."""
    return len(text) * (2 if twice else 1)


@task(retries=2, tags=["net"])
async def fetched(address: str) -> bytes:
    """With options, async."""
    return address.encode()


@flow(log_prints=True)
def report(days: int = 1) -> str:
    """A flow with a default."""
    return "ok" * days


@flow
async def gathered(count: int) -> list[int]:
    """An async flow."""
    return [count]


@task(isolated=True, at_most_once=True)
def apart(number: int) -> int:
    """With options that are ours."""
    return number


@task
def counted(count: int) -> Generator[int, None, None]:
    """A generator."""
    yield from range(count)


@flow
async def streamed(count: int) -> AsyncGenerator[int, None]:
    """An async generator."""
    yield count


class Pipeline:
    """Flows and tasks that stand in a class."""

    @flow
    def run(self, days: int) -> str:
        """A method."""
        return "ok" * days

    @task
    async def step(self, day: int) -> bytes:
        """An async one."""
        return bytes(day)

    @flow
    @classmethod
    def of_class(cls, days: int) -> str:
        """A class method."""
        return "ok" * days

    @task(retries=1)
    @staticmethod
    def apart(number: int) -> int:
        """A static method."""
        return number


async def called() -> None:
    """Calls give what the function gives."""
    assert_type(length("a"), int)
    assert_type(length("a", twice=True), int)
    assert_type(await fetched("a"), bytes)
    assert_type(report(), str)
    assert_type(report(days=3), str)
    assert_type(await gathered(1), list[int])


async def called_in_a_class() -> None:
    """Methods give what they give."""
    assert_type(Pipeline().run(1), str)
    assert_type(await Pipeline().step(1), bytes)
    assert_type(Pipeline().step.submit(1), TidemillFuture[bytes])
    assert_type(Pipeline.of_class(1), str)
    assert_type(Pipeline.apart(1), int)


async def taken() -> None:
    """Generators give their items."""
    for item in counted(3):
        assert_type(item, int)
    async for item in streamed(3):
        assert_type(item, int)
    assert_type(counted.submit(3).result(), list[int])
    assert_type(counted.map([3]), TidemillFutureList[list[int]])


async def ended() -> None:
    """Final states know the value."""
    assert_type(length("a", return_state=True), State[int])
    assert_type(await fetched("a", return_state=True), State[bytes])
    assert_type(report(return_state=True), State[str])
    assert_type(counted(3, return_state=True), State[list[int]])
    assert_type(await streamed(3, return_state=True), State[list[int]])
    assert_type(Pipeline().run(1, return_state=True), State[str])
    assert_type(await Pipeline().step(1, return_state=True), State[bytes])
    assert_type(length.submit("a", return_state=True), State[int])
    assert_type(length.map(["a"], return_state=True), list[State[int]])


def ordered() -> None:
    """What must be over first changes nothing."""
    first = length.submit("a")
    assert_type(length("a", wait_for=[first]), int)
    assert_type(report(1, wait_for=first), str)
    assert_type(wait([first]).done, set[TidemillFuture[int]])
    assert_type(next(as_completed([first])).result(), int)


def submitted() -> None:
    """Futures know what they will give."""
    assert_type(length.submit("a"), TidemillFuture[int])
    assert_type(length.submit("a").result(), int)
    assert_type(length.map(["a", "b"]), TidemillFutureList[int])
    assert_type(length.map(["a", "b"]).result(), list[int])


def changed() -> None:
    """Options do not change the types."""
    assert_type(length.with_options(retries=3)("a"), int)
    assert_type(report.with_options(retries=1)(2), str)


def refused() -> None:
    """What the plain function would refuse, the decorated one refuses."""
    length(1)  # type: ignore[call-overload] # ty: ignore
    length("a", thrice=True)  # type: ignore[call-overload] # ty: ignore
    report("two")  # type: ignore[call-overload] # ty: ignore
    task(retrys=3)  # type: ignore[call-overload]
