"""A method that is declared once has two forms."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from tidemill.client.methods import Awaited, Called, declarations, method
from tidemill.system.asking import Ask, Asking


class Number:
    def __init__(self, value):
        self.value = value

    def read(self):
        return self.value

    async def aread(self):
        await asyncio.sleep(0)
        return self.value


class Adding:
    @method
    def add(self, number: Number, more: int = 1) -> Asking[int]:
        """Add."""
        read = yield Ask(number, "read")
        return read + more

    @method
    def divide(self, number: Number) -> Asking[float]:
        """One by the number, or by one."""
        try:
            return 1 / (yield Ask(number, "read"))
        except ZeroDivisionError:
            return 1.0


class Calling(Adding, Called):
    pass


class Waiting(Adding, Awaited):
    pass


def test_a_caller_calls_it():
    assert Calling().add(Number(2), more=3) == 5
    assert Calling().divide(Number(0)) == 1.0


def test_an_awaiter_awaits_it():
    assert asyncio.run(Waiting().add(Number(2), more=3)) == 5


@pytest.mark.parametrize("kind", [Calling, Waiting])
def test_it_looks_as_it_was_declared(kind):
    assert str(inspect.signature(kind.add)) == "(self, number: 'Number', more: 'int' = 1) -> 'int'"
    assert (kind.add.__name__, kind.add.__doc__) == ("add", "Add.")
    assert inspect.iscoroutinefunction(kind.add) is (kind is Waiting)


def test_declarations_are_inherited():
    assert set(declarations(Calling)) == set(declarations(Adding)) == {"add", "divide"}


def test_a_class_that_derives_from_a_client_may_have_methods_of_its_own():
    class Mine(Calling):
        def divide(self, number):
            return super().divide(number) + 1

    assert (Mine().divide(Number(1)), Mine().add(Number(1))) == (2.0, 2)
