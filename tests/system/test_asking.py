"""One logic, two drivers: calling and awaiting give the same."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from tidemill.system.asking import Ask, adrive, drive, run_awaitable

marker = contextvars.ContextVar("marker", default="unset")


class Both:
    def double(self, n):
        return 2 * n

    async def adouble(self, n):
        return 2 * n


class OnlyAsync:
    async def double(self, n):
        await asyncio.sleep(0)
        if n < 0:
            raise ValueError("negative")
        return 2 * n


class OnlySync:
    def double(self, n):
        return 2 * n


def twice_doubled(target, n):
    once = yield Ask(target, "double", (n,))
    return (yield Ask(target, "double", (), {"n": once}))


@pytest.mark.parametrize("target", [Both(), OnlyAsync(), OnlySync()])
def test_both_drivers_agree(target):
    async def awaited():
        return await adrive(twice_doubled(target, 3)), drive(twice_doubled(target, 3))

    assert drive(twice_doubled(target, 3)) == 12
    assert asyncio.run(awaited()) == (12, 12)


def test_failures_reach_the_logic():
    def careful():
        try:
            yield Ask(OnlyAsync(), "double", (-1,))
        except ValueError as error:
            return f"caught {error}"

    async def awaited():
        return await adrive(careful()), drive(careful())

    assert drive(careful()) == "caught negative"
    assert asyncio.run(awaited()) == ("caught negative", "caught negative")


def test_failures_that_the_logic_does_not_catch_go_on():
    with pytest.raises(ValueError, match="negative"):
        drive(twice_doubled(OnlyAsync(), -1))


def test_context_reaches_what_runs_on_another_loop():
    async def read():
        return marker.get()

    async def inside():
        marker.set("inside")
        return run_awaitable(read())

    assert asyncio.run(inside()) == "inside"
    assert run_awaitable(read()) == "unset"
