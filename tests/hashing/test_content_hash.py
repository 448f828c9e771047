"""Equal content has equal names, in every process; different content has different ones; what has none is named."""

from __future__ import annotations

import dataclasses
import enum
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter, OrderedDict, defaultdict
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tidemill.hashing
from tests.conftest import FULL
from tidemill.exceptions import HashError
from tidemill.hashing import hash_inputs, hex_hash, stable_hash

#: Where a child process finds what this one tests.
SOURCE = str(Path(tidemill.hashing.__file__).parents[2])

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=40)
    | st.binary(max_size=40)
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.uuids()
    | st.complex_numbers()
)
hashables = st.recursive(
    scalars.filter(lambda x: x == x),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4),
    max_leaves=6,
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.sets(hashables, max_size=5)
    ),
    max_leaves=12,
)


class Colour(enum.Enum):
    RED = 1
    ALSO_ONE = "1"


@dataclasses.dataclass
class Point:
    x: object
    y: object = 0


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


class MySet(set):
    pass


@given(values)
def test_a_copy_has_the_same_hash(value):
    assert stable_hash(value) == stable_hash(deepcopy(value))


@given(values)
def test_what_was_pickled_and_read_back_has_the_same_hash(value):
    assert stable_hash(value) == stable_hash(pickle.loads(pickle.dumps(value)))


@given(st.dictionaries(hashables, values, max_size=6))
def test_the_order_of_a_dict_does_not_enter(items):
    assert stable_hash(items) == stable_hash(dict(reversed(items.items())))


@given(st.dictionaries(st.text(max_size=5), values, max_size=6))
def test_the_order_of_arguments_does_not_enter(items):
    assert hash_inputs(items) == hash_inputs(dict(reversed(items.items())))


@given(values)
def test_sharing_does_not_enter(value):
    assert stable_hash([value, value]) == stable_hash([value, deepcopy(value)])


def typed(value):
    """The value with its types, comparable; floats by their text, so that NaN equals itself."""
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(map(typed, value)))
    if isinstance(value, (set, frozenset)):
        return (type(value), frozenset(map(typed, value)))
    if isinstance(value, dict):
        return (dict, frozenset((typed(k), typed(v)) for k, v in value.items()))
    return (type(value), repr(value))


@settings(max_examples=300 if FULL else 40)
@given(values, values)
def test_hashes_are_equal_exactly_when_content_and_types_are(one, other):
    assert (stable_hash(one) == stable_hash(other)) == (typed(one) == typed(other))


@given(st.lists(st.integers(), max_size=80) | st.lists(st.floats(), max_size=80) | st.lists(st.text(), max_size=80))
def test_long_runs_of_one_type_keep_their_boundaries(run):
    assert stable_hash(run) == stable_hash(list(run))
    assert stable_hash(run) != stable_hash(tuple(run))
    assert stable_hash(run) != stable_hash([*run, *run[:1]]) or not run


@settings(max_examples=300 if FULL else 40)
@given(*[st.lists(st.sampled_from([0, 1, 1.0, True, False, None, "1", b"1", 2**70, "\ud800"]), max_size=3)] * 2)
def test_long_runs_differ_by_their_types_too(one, other):
    padding = [1, 2.5, "x", b"x", None, True] * 6

    assert (stable_hash(padding + one) == stable_hash(padding + other)) == (typed(one) == typed(other))


def test_text_is_not_joined_across_boundaries():
    padding = ["x"] * 40

    assert stable_hash([*padding, "ab", "c"]) != stable_hash([*padding, "a", "bc"])


@pytest.mark.parametrize(
    "different",
    [
        [1, True, 1.0, "1", b"1", Decimal(1), (1,), [1], {1}, frozenset({1}), {1: None}, None, Colour.RED, 1 + 0j],
        [0, False, None, "", b"", (), [], {}, set(), frozenset(), bytearray(), 0.0, -0.0],
        [datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), time(0), timedelta(0)],
        [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))],
        [Path("a"), PurePosixPath("a"), "a", Path("b")],
        [Colour.RED, Colour.ALSO_ONE],
        [Point(1), Point(2), Point(1, 1), {"x": 1, "y": 0}, Plain(x=1, y=0)],
        [Slotted(1, 2), Slotted(2, 1)],
        [MySet({1}), {1}, MySet()],
        [OrderedDict(a=1, b=2), OrderedDict(b=2, a=1), {"a": 1, "b": 2}],
        [defaultdict(int, a=1), defaultdict(list, a=1), Counter(a=1)],
        [10**700, 10**700 + 1, -(10**700), 2**64, -(2**64)],
        ["\ud800", "\ud801", "\\ud800"],
        [UUID(int=1), UUID(int=2), UUID(int=1).bytes],
        [int, float, Point, len, sum],
        [range(3), range(4), slice(3)],
        ["a" * 1000, "a" * 1001, b"a" * 1000],
    ],
)
def test_what_differs_has_different_hashes(different):
    assert len({stable_hash(value) for value in different}) == len(different)


def test_arguments_are_not_joined():
    assert stable_hash(1, 2) != stable_hash((1, 2)) != stable_hash([1, 2])
    assert stable_hash("ab", "c") != stable_hash("a", "bc")
    assert hash_inputs({"x": 1}) != hash_inputs({"y": 1})


def test_a_dict_subclass_without_order_has_no_order():
    assert stable_hash(Counter("ab")) == stable_hash(Counter("ba"))


def test_a_value_that_holds_itself_has_a_hash():
    one: list = [1]
    one.append(one)
    other: list = [1]
    other.append(other)

    assert stable_hash(one) == stable_hash(other)
    assert stable_hash(one) != stable_hash([1, [1]])


def test_what_is_shared_many_times_is_walked_once():
    value: object = [Point(1)]
    for _ in range(100):
        value = [value, value]

    assert stable_hash(value) == stable_hash(deepcopy(value))


def test_functions_differ_by_code_defaults_and_closure():
    def made(by):
        return lambda x, y=1: x + y + by

    def other(by):
        return lambda x, y=2: x + y + by

    assert stable_hash(made(1)) == stable_hash(made(1))
    assert len({stable_hash(f) for f in (made(1), made(2), other(1), lambda: 1, lambda: 2)}) == 5


def test_a_function_that_refers_to_itself_has_a_hash():
    def countdown(n):
        return countdown(n - 1) if n else 0

    assert stable_hash(countdown) == stable_hash(countdown)


def test_the_error_names_argument_attribute_and_reason():
    model = Plain(layers=[{"guard": Point(threading.Lock())}])

    with pytest.raises(HashError) as caught:
        hash_inputs({"rate": 0.1, "model": model})

    assert "argument 'model' at .layers[0]['guard'].x: a lock" in str(caught.value)
    assert "cannot pickle '_thread.lock' object" in str(caught.value)


def test_a_generator_has_no_content_and_is_not_consumed():
    numbers = (n for n in range(3))

    with pytest.raises(HashError, match="argument 'numbers': a generator has no content"):
        hash_inputs({"numbers": numbers})
    assert list(numbers) == [0, 1, 2]


def test_nesting_beyond_the_stack_is_an_error_that_says_so():
    value: list = []
    for _ in range(100_000):
        value = [value]
    try:
        with pytest.raises(HashError, match="nested too deeply"):
            stable_hash(value)
    finally:  # taken apart by hand: the interpreter would recurse too
        while value:
            value = value.pop()


CHILD = """
import sys, pickle
from tidemill.hashing import stable_hash
for value in pickle.load(sys.stdin.buffer):
    print(stable_hash(value).hex())
"""


@pytest.mark.parametrize("seed", ["0", pytest.param("4242", marks=pytest.mark.thorough)])
def test_another_process_gives_the_same_hashes(seed):
    examples: list = []

    @settings(max_examples=150 if FULL else 30, database=None)
    @given(values)
    def collect(value):
        examples.append(value)

    collect()
    examples += [Path("a"), UUID(int=7), Counter("hello"), {"é", "z", "\ud800"}, frozenset(map(str, range(100)))]
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=pickle.dumps(examples),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": SOURCE},
        capture_output=True,
        check=True,
    )

    assert child.stdout.decode().split() == [stable_hash(value).hex() for value in examples]


def test_a_class_has_one_name_whether_its_file_is_run_or_imported(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "from tidemill.hashing import hex_hash\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Config:\n    rate: float\n"
        "print(hex_hash(Config(0.1)))\n"
    )

    runs = [["train.py"], ["-m", "train"], ["-c", "import train"]]
    printed = {
        subprocess.run(
            [sys.executable, *run],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{tmp_path}"},
            capture_output=True,
            check=True,
        ).stdout
        for run in runs
    }

    assert len(printed) == 1


def makes(x):
    return Made(x)


class Made:
    def __init__(self, x):
        self.x = x

    def __reduce__(self):
        return makes, (self.x,)


def test_how_python_compiled_what_makes_an_object_is_not_its_content(monkeypatch):
    before = hex_hash(Made(1))

    monkeypatch.setattr(makes, "__code__", (lambda x: Made(2 * x)).__code__)

    assert hex_hash(Made(1)) == before
    assert hex_hash(Made(2)) != before


def test_hex_is_32_characters():
    assert len(hex_hash("anything")) == 32
