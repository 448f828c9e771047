"""Values are checked and coerced by annotation; what is right already is left alone."""
# ruff: noqa: UP007, UP045, RUF013 - the spellings are what is tested

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import core_schema

from tidemill.exceptions import ParameterTypeError
from tidemill.parameters import bind, validate

if TYPE_CHECKING:
    from nowhere import Frame

T = TypeVar("T")
Whole = TypeVar("Whole", bound=int)


class Colour(enum.Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    depth: int
    rates: list[float] = []


@dataclasses.dataclass
class Point:
    x: int
    label: Foreign | None = None


class Foreign:
    """A class that pydantic does not know."""


class Options(TypedDict, total=False):
    limit: int


class Pair(NamedTuple):
    left: int
    right: int


def checked(fn, *args, **kwargs):
    return validate(fn, bind(fn, args, kwargs))


@pytest.mark.parametrize(
    ("annotation", "given", "expected"),
    [
        (int, "3", 3),
        (float, 3, 3.0),
        (float, "0.5", 0.5),
        (bool, "true", True),
        (str, "x", "x"),
        (Model, {"depth": "3"}, Model(depth=3)),
        (Point, {"x": "3"}, Point(3)),
        (Literal["a", "b"], "b", "b"),
        (dt.datetime, "2024-01-02T03:04:05Z", dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        (dt.date, "2024-01-02", dt.date(2024, 1, 2)),
        (dt.timedelta, "PT3S", dt.timedelta(seconds=3)),
        (decimal.Decimal, "1.5", decimal.Decimal("1.5")),
        (Path, "a/b", Path("a/b")),
        (uuid.UUID, "8c3e4b4e-8e5d-4ee5-8d8a-0f0f0f0f0f0f", uuid.UUID("8c3e4b4e-8e5d-4ee5-8d8a-0f0f0f0f0f0f")),
        (Colour, "red", Colour.RED),
        (Union[int, str], "3", "3"),
        (int | None, None, None),
        (Optional[float], 2, 2.0),
        (Annotated[int, pydantic.Field(gt=2)], "3", 3),
        (Options, {"limit": "3"}, {"limit": 3}),
        (list[Options] | None, [{"limit": "3"}], [{"limit": 3}]),
        (Pair, ("1", "2"), Pair(1, 2)),
        (list[int], ("1", 2), [1, 2]),
        (dict[str, Model], {"a": {"depth": 1}}, {"a": Model(depth=1)}),
        (tuple[int, str], ["1", "b"], (1, "b")),
        (T, "anything", "anything"),
        (Whole, "3", 3),
        ("Model", {"depth": 1}, Model(depth=1)),
        ("list['Model']", [{"depth": 1}], [Model(depth=1)]),
    ],
)
def test_values_become_what_the_annotation_says(annotation, given, expected):
    def f(value):
        pass

    f.__annotations__ = {"value": annotation}

    value = checked(f, given)["value"]

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (list[int], [1, 2]),
        (dict[str, list[float]], {"a": [1.0]}),
        (set[str], {"a"}),
        (tuple[int, ...], (1, 2)),
        (Model, Model(depth=1)),
        (Point, Point(1)),
        (Foreign, Foreign()),
        (list[Foreign], [Foreign()]),
        (Foreign | int, Foreign()),
        (Path, Path("a")),
        (Any, object()),
        (dt.date, dt.date(2024, 1, 2)),
    ],
)
def test_a_value_that_fits_stays_the_same_object(annotation, value):
    def f(value: annotation):
        pass

    f.__annotations__ = {"value": annotation}

    assert checked(f, value)["value"] is value


def test_nothing_is_copied_when_everything_fits():
    def f(a: int, b: str | None = None, *rest: float, **more: bool):
        pass

    parameters = bind(f, (1, "b", 0.5), {"c": True})

    assert validate(f, parameters) is parameters


def train(
    data, model: Model, rate: float, *depths: int, kind: Literal["a", "b"] = "a", where: Foreign = None, **more: int
):
    """A function with something of everything."""


def test_a_refusal_names_every_parameter_what_was_expected_and_what_came():
    with pytest.raises(ParameterTypeError) as refused:
        checked(train, 1, {"rates": ["x"]}, "fast", 1, "deep", kind="c", where=3, extra="e")

    assert str(refused.value).splitlines() == [
        "train() was given parameters that do not fit:",
        "  model: expected Model, got {'rates': ['x']} (dict)",
        "    depth: field required",
        "    rates.0: should be a valid number, unable to parse string as a number, got 'x' (str)",
        "  rate: expected float, got 'fast' (str): should be a valid number, unable to parse string as a number",
        "  *depths: expected int, got (1, 'deep') (tuple)",
        "    1: should be a valid integer, unable to parse string as an integer, got 'deep' (str)",
        "  kind: expected Literal['a', 'b'], got 'c' (str): should be 'a' or 'b'",
        "  where: expected Foreign, got 3 (int): should be an instance of Foreign",
        "  **more: expected int, got {'extra': 'e'} (dict)",
        "    extra: should be a valid integer, unable to parse string as an integer, got 'e' (str)",
    ]
    assert isinstance(refused.value.__cause__, pydantic.ValidationError)


def test_extra_arguments_are_coerced_one_by_one():
    assert checked(train, 1, Model(depth=1), 1, "2", "3", extra="4")["depths"] == (2, 3)
    assert checked(train, 1, Model(depth=1), 1, extra="4")["more"] == {"extra": 4}


def test_a_default_is_the_authors_word_even_when_it_does_not_fit():
    def f(n: int = None, day: dt.date = "2024-01-02"):
        pass

    assert checked(f) == {"n": None, "day": dt.date(2024, 1, 2)}


def test_a_pydantic_field_may_stand_as_the_default():
    def f(n: int = pydantic.Field(default=3, gt=2), *, needed: int = pydantic.Field(lt=5)):
        pass

    assert checked(f, needed="4") == {"n": 3, "needed": 4}
    with pytest.raises(ParameterTypeError, match="n: expected int, got 1 \\(int\\): should be greater than 2"):
        checked(f, 1, needed=4)


def test_names_that_cannot_be_found_check_nothing_and_break_nothing():
    def f(frame: Frame, other: list[Frame], n: int):
        pass

    assert checked(f, 1, 2, "3") == {"frame": 1, "other": 2, "n": 3}


def test_names_of_the_enclosing_function_are_found_when_it_closes_over_them():
    class Local(pydantic.BaseModel):
        n: int

    def f(value: Local):
        return Local

    assert checked(f, {"n": "3"})["value"] == Local(n=3)


def test_methods_and_callables_are_checked_too():
    class Adder:
        def add(self, n: int):
            pass

        def __call__(self, n: int):
            pass

    assert checked(Adder().add, "3") == {"n": 3}
    assert checked(Adder(), "3") == {"n": 3}


def test_what_checks_a_method_is_made_once_for_all_its_objects():
    made = []

    class Asked:
        @classmethod
        def __get_pydantic_core_schema__(cls, source, handler):
            made.append(source)
            return core_schema.any_schema()

    class Adder:
        def add(self, n: Asked):
            pass

    Adder.add.__annotations__ = {"n": Asked}

    assert [checked(Adder().add, n) for n in (1, 2)] == [{"n": 1}, {"n": 2}]
    assert len(made) == 1


def test_a_value_whose_repr_fails_is_still_refused_by_name():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    def f(n: int):
        pass

    with pytest.raises(
        ParameterTypeError, match="n: expected int, got <Broken, whose repr raised RuntimeError> \\(Broken\\)"
    ):
        checked(f, Broken())


def test_a_validator_that_fails_itself_is_named_with_the_parameter():
    def explode(value):
        raise ZeroDivisionError("oh")

    def f(n):
        pass

    f.__annotations__ = {"n": Annotated[int, pydantic.BeforeValidator(explode)]}

    with pytest.raises(
        ParameterTypeError, match=r"  n: .*checking it raised ZeroDivisionError\('oh'\) \(.*\.py:\d+\)"
    ) as told:
        checked(f, 1)
    assert isinstance(told.value.__cause__, ZeroDivisionError)


ANNOTATIONS = st.recursive(
    st.sampled_from([int, str, float, bool, bytes, type(None), Any, Literal["a", 1]]),
    lambda inner: st.one_of(
        inner.map(lambda t: list[t]),
        inner.map(lambda t: tuple[t, ...]),
        st.tuples(st.sampled_from([str, int]), inner).map(lambda kv: dict[kv[0], kv[1]]),
        st.tuples(inner, inner).map(lambda ab: Union[ab[0], ab[1]]),
    ),
    max_leaves=4,
)
VALUES = st.recursive(
    st.sampled_from([0, 1, "a", "1", 1.0, 0.5, True, b"a", None]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from(["a", 1, "1"]), inner, max_size=2),
    ),
    max_leaves=4,
)


@given(ANNOTATIONS, VALUES)
def test_the_result_is_pydantics(annotation, value):
    def f(value):
        pass

    f.__annotations__ = {"value": annotation}
    try:
        expected = pydantic.TypeAdapter(annotation).validate_python(value)
    except pydantic.ValidationError:
        with pytest.raises(ParameterTypeError):
            checked(f, value)
        return

    got = checked(f, value)["value"]

    assert (got, repr(got)) == (expected, repr(expected))


def test_simple_annotations_do_not_load_pydantic():
    program = """
import sys
from pathlib import Path
from typing import Literal
from tidemill.parameters import bind, validate

class Frame: ...

def f(n: int, x: float, names: list[str], kind: Literal["a"], where: Path, frame: Frame, missing: int | None = None): ...

path = Path("a")
parameters = bind(f, (1, 2, ["a"], "a", path, Frame()), {})
assert validate(f, parameters)["x"] == 2.0
assert "pydantic" not in sys.modules, "pydantic was loaded"
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_some_of_the_parameters_can_be_checked_alone():
    def f(a: int, b: Path, *rest: int, **more: int):
        pass

    given = {"a": 1}

    assert validate(f, given) is given
    assert validate(f, {"a": "1", "rest": ("2",)}) == {"a": 1, "rest": (2,)}
