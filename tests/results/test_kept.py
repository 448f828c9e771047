"""Small results stand in the journal as sealed texts; large and unpicklable ones do not, and it is said why."""

from __future__ import annotations

import base64
import dataclasses
import math
import os
import pickle
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tidemill.results
from tidemill.exceptions import SerializationError, UntrustedResult
from tidemill.results.kept import LIMIT, Keeper, RecordedError

keeper = Keeper(b"k" * 32)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@dataclasses.dataclass
class Model:
    weights: list
    guard: object = None


class Bomb:
    exploded = False

    def __reduce__(self):
        return (setattr, (Bomb, "exploded", True))


class TwoArguments(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")
        self.code = code


@given(plain)
def test_a_kept_value_comes_back(value):
    again = keeper.load(keeper.keep(value))

    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("value", [0, -8, -9, 1023, 1024, True, False, None, 1.5, -0.0, math.inf])
def test_numbers_come_back_with_their_types(value):
    again = keeper.load(keeper.keep(value))

    assert repr(again) == repr(value)
    assert type(again) is type(value)


def test_an_int_with_more_digits_than_python_prints_comes_back():
    assert keeper.load(keeper.keep(-(10**5000))) == -(10**5000)


def test_subclasses_of_plain_types_keep_their_class():
    from enum import IntEnum, StrEnum

    level = IntEnum("level", "LOW HIGH")
    word = StrEnum("word", "A")

    assert keeper.load(keeper.keep(level.HIGH)) == level.HIGH
    assert type(keeper.load(keeper.keep(level.HIGH))).__name__ == "level"
    assert type(keeper.load(keeper.keep(word.A))).__name__ == "word"


def test_a_function_made_on_the_spot_is_kept():
    by = 3

    assert keeper.load(keeper.keep(lambda x: x + by))(4) == 7


@pytest.mark.parametrize(
    "value",
    [
        b"x" * (50 << 20),
        "x" * (50 << 20),
        bytearray(50 << 20),
        [b"x" * (50 << 20)],
        [list(range(1000)) for _ in range(2000)],
    ],
    ids=["bytes", "text", "bytearray", "nested", "many"],
)
def test_a_large_value_is_not_kept_and_costs_no_copy(value):
    tracemalloc.start()
    try:
        assert keeper.keep(value) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1 << 20
    assert keeper.why_not(value) == f"it is larger than {LIMIT} bytes"


def test_a_large_array_is_not_kept_and_costs_no_copy():
    np = pytest.importorskip("numpy")
    value = {"weights": np.zeros(1 << 22)}
    tracemalloc.start()
    try:
        assert keeper.keep(value) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1 << 20


@pytest.mark.parametrize(
    "make", [lambda n: "x" * n, lambda n: b"x" * n, lambda n: [b"x" * n], lambda n: [256**n], lambda n: {"x" * n: 1}]
)
def test_the_limit_is_the_limit(make):
    assert keeper.keep(make(100), limit=50) is None
    assert keeper.keep(make(100), limit=200) is not None


MAIN = """
import sys
from dataclasses import dataclass
from tidemill.results.kept import Keeper
@dataclass(frozen=True)
class Config:
    rate: float
keeper = Keeper(b"k" * 32)
for value in (Config(0.5), {Config(0.5): 1}, [Config(0.5)]):
    print(keeper.keep(value))
"""


def test_what_the_main_program_defines_can_be_read_by_another(tmp_path):
    """A run is resumed by a process whose main program is another one."""
    child = subprocess.run(
        [sys.executable, "-c", MAIN],
        env={**os.environ, "PYTHONPATH": str(Path(tidemill.results.__file__).parents[2])},
        capture_output=True,
        check=True,
    )

    one, by_key, listed = (keeper.load(text) for text in child.stdout.decode().split())
    assert one.rate == next(iter(by_key)).rate == listed[0].rate == 0.5


def test_what_cannot_be_pickled_is_named():
    value = {"models": [Model([1.0], guard={"lock": threading.Lock()})]}

    assert keeper.keep(value) is None
    why = keeper.why_not(value)
    assert "['models'][0].guard['lock'] is a lock" in why
    assert "cannot pickle '_thread.lock' object" in why


def test_a_value_whose_own_pickling_fails_is_not_kept():
    class Stubborn:
        def __reduce__(self):
            raise RuntimeError("not today")

    assert keeper.keep(Stubborn()) is None
    assert "Stubborn: not today" in keeper.why_not(Stubborn())


@pytest.mark.parametrize("position", [0, 5, 15, 16, 17, -1])
def test_a_changed_text_is_refused_and_runs_nothing(position):
    raw = bytearray(base64.b64decode(keeper.keep(Bomb())))
    raw[position] ^= 1

    with pytest.raises(UntrustedResult):
        keeper.load(base64.b64encode(raw).decode())
    assert not Bomb.exploded


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AAAA",
        "not base64 at all é",
        base64.b64encode(b"\0" * 16 + b"p" + pickle.dumps(Bomb())).decode(),
        base64.b64encode(pickle.dumps(Bomb())).decode(),
        Keeper(b"x" * 32).keep(Bomb()),
    ],
)
def test_a_forged_text_is_refused_and_runs_nothing(text):
    with pytest.raises(UntrustedResult):
        keeper.load(text)
    assert not Bomb.exploded


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_no_text_but_our_own_is_read(text):
    with pytest.raises(UntrustedResult):
        keeper.load(text)


def test_a_value_whose_class_is_gone_is_a_clear_error():
    class Gone:
        def __reduce__(self):
            return (float, ("not a number",))

    with pytest.raises(SerializationError, match="cannot be read back: ValueError"):
        keeper.load(keeper.keep(Gone()))


def test_an_exception_comes_back_as_itself():
    error = ValueError("bad rate")
    error.add_note("in step 3")

    again = keeper.load(keeper.keep_exception(error))

    assert type(again) is ValueError
    assert again.args == ("bad rate",)
    assert again.__notes__ == ["in step 3"]


def test_an_exception_that_does_not_survive_pickling_is_told():
    try:
        raise TwoArguments(7, "no rows")
    except TwoArguments as error:
        again = keeper.load(keeper.keep_exception(error))

    assert isinstance(again, RecordedError)
    assert again.type_name.endswith("TwoArguments")
    assert again.message == "7: no rows"
    assert 'raise TwoArguments(7, "no rows")' in again.traceback_text
    assert pickle.loads(pickle.dumps(again)).message == again.message


def test_an_exception_that_holds_a_lock_and_cannot_speak_is_told():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    error = Mute()
    error.guard = threading.Lock()

    assert "cannot be read" in keeper.load(keeper.keep_exception(error)).message


def test_a_huge_exception_is_told_within_the_limit():
    text = keeper.keep_exception(ValueError("x" * (1 << 20)))

    assert len(text) < 2 * LIMIT
    assert keeper.load(text).message.startswith("x" * 3)
