"""A decorated function keeps its types. Read by mypy, basedpyright and ty in `make check`; never run.

A line that must be refused carries an ignore comment, and a checker that would accept the line reports the comment.
"""

from __future__ import annotations

from typing import assert_type

from tidemill import flow, task
from tidemill.futures import TidemillFuture, TidemillFutureList


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


async def called() -> None:
    """Calls give what the function gives."""
    assert_type(length("a"), int)
    assert_type(length("a", twice=True), int)
    assert_type(await fetched("a"), bytes)
    assert_type(report(), str)
    assert_type(report(days=3), str)
    assert_type(await gathered(1), list[int])


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
    length(1)  # type: ignore[arg-type] # ty: ignore
    length("a", thrice=True)  # type: ignore[call-arg] # ty: ignore
    report("two")  # type: ignore[arg-type] # ty: ignore
