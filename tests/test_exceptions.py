"""The error tree."""

from __future__ import annotations

import inspect
import pickle
import re

import pydantic
import pytest

from tidemill import exceptions
from tidemill.domain.states import IllegalTransitionError
from tidemill.exceptions import (
    EventTooLarge,
    InputError,
    ObjectNotFound,
    OptionError,
    ParameterBindError,
    ParameterTypeError,
    Pause,
    PausedRun,
    ProfileSettingsValidationError,
    ScriptError,
    SetupError,
    SignatureMismatchError,
    TerminationSignal,
    TidemillException,
    TidemillImportError,
    TransientError,
    exception_traceback,
)
from tidemill.store import errors

CLASSES = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if kind.__module__ == exceptions.__name__ and issubclass(kind, BaseException)
]


def test_the_drawing_shows_every_class_below_its_base():
    drawn, above = {}, {}
    for line in exceptions.__doc__.splitlines():
        found = re.match(r"^ {4}([│├└─ ]*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above[depth] = found[2]
            drawn[found[2]] = above[depth - 1] if depth else None

    assert set(drawn) == {kind.__name__ for kind in CLASSES}
    for kind in CLASSES:
        if drawn[kind.__name__] is not None:
            assert drawn[kind.__name__] in {base.__name__ for base in kind.__bases__}


@pytest.mark.parametrize(
    "error",
    [
        ScriptError(ValueError("v"), "a.py"),
        PausedRun("waits", state=None),
        ObjectNotFound(KeyError("x"), "no such flow"),
        EventTooLarge(10, 5),
        ProfileSettingsValidationError([]),
        ParameterBindError("m"),
        OptionError.expected("retries", "a whole number ≥ 0", -1),
        Pause(),
        TerminationSignal(15),
        TidemillImportError("m"),
    ],
)
def test_errors_survive_pickling_with_what_they_carry(error):
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert {k: repr(v) for k, v in vars(again).items()} == {k: repr(v) for k, v in vars(error).items()}


def test_an_error_with_a_constructor_of_its_own_can_be_pickled():
    assert pickle.loads(pickle.dumps(Odd(3))).number == 3


class Odd(TidemillException):
    def __init__(self, number, *, keyword=None):
        super().__init__(f"odd {number}")
        self.number = number


@pytest.mark.parametrize(
    ("error", "branch"),
    [
        (errors.StoreBusyError, TransientError),
        (errors.CorruptStoreError, SetupError),
        (errors.StoreBrokenError, SetupError),
        (errors.UnknownRunError, InputError),
        (errors.LimitError, InputError),
        (IllegalTransitionError, InputError),
    ],
)
def test_what_a_store_says_hangs_in_the_same_tree(error, branch):
    assert issubclass(error, branch)
    assert str(pickle.loads(pickle.dumps(error("said")))) == "said"


def test_a_bind_failure_shows_the_call():
    def f(a, b=1):
        pass

    error = ParameterBindError.from_bind_failure(f, TypeError("missing a required argument: 'a'"), (), {"c": 2})

    assert str(error) == "Cannot call f(a, b=1) with (c=2): missing a required argument: 'a'"
    assert isinstance(error, TypeError)


def test_a_validation_error_becomes_a_line_for_each_value():
    class Model(pydantic.BaseModel):
        a: int

    with pytest.raises(pydantic.ValidationError) as found:
        Model(a="x")

    assert str(ParameterTypeError.from_validation_error(found.value)).splitlines() == [
        "Parameters do not fit their annotations:",
        "  a: Input should be a valid integer, unable to parse string as an integer, got 'x'",
    ]


def test_messages_of_the_rest():
    assert str(SignatureMismatchError.from_bad_params(["a"], [])) == "Expected the parameters 'a', got none"
    assert str(ScriptError(ValueError(), "a.py")) == "a.py raised ValueError"
    assert str(ObjectNotFound(KeyError("x"))) == "'x'"
    assert exception_traceback(ValueError("x")) == "ValueError: x\n"


def test_a_value_whose_repr_fails_is_still_named():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    said = str(OptionError.expected("tags", "texts", Broken()))

    assert said == "expected 'tags' to be texts, got <Broken, whose repr raised RuntimeError>"
