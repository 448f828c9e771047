"""Calls and their parameters, under the names users import."""

from __future__ import annotations

import cloudpickle
import pytest

from tidemill.exceptions import (
    MappingLengthMismatch,
    MappingMissingIterable,
    ParameterBindError,
    ReservedArgumentError,
    SignatureMismatchError,
)
from tidemill.utilities.annotations import allow_failure, opaque, quote, unmapped
from tidemill.utilities.callables import (
    call_with_parameters,
    cloudpickle_wrapped_call,
    collapse_variadic_parameters,
    expand_mapping_parameters,
    explode_variadic_parameter,
    get_call_parameters,
    get_parameter_defaults,
    parameters_to_args_kwargs,
    raise_for_reserved_arguments,
)


def f(a, b=3, *rest, c=(1, 2), **more):
    return a, b, rest, c, more


def test_parameters_of_a_call_and_back():
    parameters = get_call_parameters(f, (1, 2, 3), {"z": 4})

    assert parameters == {"a": 1, "b": 2, "rest": (3,), "c": (1, 2), "more": {"z": 4}}
    assert get_call_parameters(f, (1,), {}, apply_defaults=False) == {"a": 1}
    assert get_parameter_defaults(f) == {"b": 3, "c": (1, 2)}
    assert parameters_to_args_kwargs(f, parameters) == ((1, 2, 3), {"c": (1, 2), "z": 4})
    assert call_with_parameters(f, parameters) == (1, 2, (3,), (1, 2), {"z": 4})


def test_calls_that_do_not_fit_are_refused():
    with pytest.raises(ParameterBindError):
        get_call_parameters(f, (), {})
    with pytest.raises(SignatureMismatchError):
        parameters_to_args_kwargs(f, {"a": 1, "z": 2})
    with pytest.raises(ReservedArgumentError):
        raise_for_reserved_arguments(f, ["a"])


def test_extra_keywords_are_spread_and_gathered():
    assert explode_variadic_parameter(f, {"a": 1, "more": {"z": 2}}) == {"a": 1, "z": 2}
    assert collapse_variadic_parameters(f, {"a": 1, "z": 2}) == {"a": 1, "more": {"z": 2}}
    with pytest.raises(ValueError, match=r"g\(\) takes no \*\*kwargs, but was given 'z'"):
        collapse_variadic_parameters(g, {"a": 1, "z": 2})


def g(a, b=3, c=(1, 2)):
    pass


@pytest.mark.parametrize(
    ("parameters", "calls"),
    [
        ({"a": [1, 2]}, [{"a": 1, "b": 3, "c": (1, 2)}, {"a": 2, "b": 3, "c": (1, 2)}]),
        ({"a": [1, 2], "c": (5, 6)}, [{"a": 1, "b": 3, "c": 5}, {"a": 2, "b": 3, "c": 6}]),
        ({"a": [1], "b": unmapped([7])}, [{"a": 1, "b": [7], "c": (1, 2)}]),
        ({"a": [1], "b": quote([7])}, [{"a": 1, "b": quote(7), "c": (1, 2)}]),
        ({"a": allow_failure([1])}, [{"a": allow_failure(1), "b": 3, "c": (1, 2)}]),
        ({"a": [1], "b": allow_failure(unmapped([7]))}, [{"a": 1, "b": allow_failure([7]), "c": (1, 2)}]),
        ({"a": [1], "b": opaque([7])}, [{"a": 1, "b": opaque([7]), "c": (1, 2)}]),
        ({"a": "ab", "b": range(1)}, [{"a": "ab", "b": 0, "c": (1, 2)}]),
        ({"a": iter([1])}, [{"a": 1, "b": 3, "c": (1, 2)}]),
        ({"a": []}, []),
    ],
)
def test_mapping_makes_a_call_for_each_item(parameters, calls):
    assert expand_mapping_parameters(g, parameters) == calls


def test_extra_keywords_are_mapped_over_too():
    assert [call["more"] for call in expand_mapping_parameters(f, {"a": 1, "more": {"z": [5, 6]}})] == [
        {"z": 5},
        {"z": 6},
    ]


def test_mapping_over_nothing_or_over_different_lengths_is_refused():
    with pytest.raises(MappingMissingIterable, match=r"'g' was mapped without an iterable"):
        expand_mapping_parameters(g, {"a": 1})
    with pytest.raises(MappingLengthMismatch, match="a: 1, b: 2"):
        expand_mapping_parameters(g, {"a": [1], "b": [1, 2]})


def test_a_pickled_call_answers_with_its_pickled_result():
    assert cloudpickle.loads(cloudpickle_wrapped_call(lambda x: x + 1, 3)()) == 4
