"""Annotations as newer Pythons write and keep them: type parameters, ``type`` aliases, names that are looked up late.

The modules are texts: what 3.11 cannot parse is not read there, and none postpones its annotations by an import.
"""

from __future__ import annotations

import sys
from types import ModuleType

import cloudpickle
import pytest

from tidemill import by_value, flow, task
from tidemill.exceptions import ParameterTypeError

WITH_ALIASES = """
type Count = int
type Pair[T] = tuple[T, T]
type Tree = dict[str, Tree] | int

def counted(n: Count, both: Pair[int] = (1, 2)): return n, both
def first[T: (int, str)](items: list[T]) -> T: return items[0]
def climbed(tree: Tree): return tree

class Box[T]:
    def __init__(self, content: T): self.content = content

def opened(box: Box[int]): return box.content
"""
WITH_LATER_NAMES = """
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowhere import Absent

def kept(order: Order, more: list[Order] = ()): return order, more
def unknown(thing: Absent, n: int = 1) -> Absent: return thing, n

from pydantic import BaseModel

class Order(BaseModel):
    price: float
"""
aliases = pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is that of Python 3.12")
later = pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated when asked for since 3.14")


def module(source):
    made = ModuleType("written_here")
    exec(compile(source, "written_here.py", "exec", dont_inherit=True), vars(made))
    return made


@aliases
def test_an_alias_is_what_it_stands_for(runtime):
    counted = flow(module(WITH_ALIASES).counted)

    assert counted("3") == (3, (1, 2))
    assert counted(1, ["4", 5]) == (1, (4, 5))
    with pytest.raises(ParameterTypeError, match="n"):
        counted("three")


@aliases
def test_an_alias_may_speak_of_itself(runtime):
    climbed = flow(module(WITH_ALIASES).climbed)

    assert climbed({"a": {"b": "1"}}) == {"a": {"b": 1}}


@aliases
def test_type_parameters_take_what_they_allow(runtime):
    made = module(WITH_ALIASES)

    assert flow(made.first)([7, 8]) == 7
    assert flow(made.opened)(made.Box(9)) == 9
    assert flow(lambda: task(made.first).submit(["x"]).result())() == "x"


@later
def test_names_defined_further_down_are_found(runtime):
    made = module(WITH_LATER_NAMES)

    order, more = flow(made.kept)({"price": "2"}, [{"price": 1}])

    assert (order, more) == (made.Order(price=2), [made.Order(price=1)])


@later
@pytest.mark.parametrize("decorator", [flow, task])
def test_names_that_are_never_there_break_nothing(runtime, decorator):
    unknown = decorator(module(WITH_LATER_NAMES).unknown)

    assert unknown("anything", n=2) == ("anything", 2)
    assert unknown.name == "unknown"


@later
def test_parameters_beside_them_are_checked_nonetheless(runtime):
    with pytest.raises(ParameterTypeError, match="n"):
        flow(module(WITH_LATER_NAMES).unknown)("anything", n="many")


@later
def test_functions_with_such_names_travel_to_other_processes():
    sent = cloudpickle.loads(by_value.dumps(module(WITH_LATER_NAMES).unknown))

    assert sent("anything") == ("anything", 1)
    assert sent.__annotations__ == {"thing": "Absent", "n": "int", "return": "Absent"}
