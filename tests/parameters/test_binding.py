"""Binding accepts, refuses and names what Python does."""

from __future__ import annotations

import functools
import inspect

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tidemill.exceptions import ParameterBindError, ReservedArgumentError, SignatureMismatchError
from tidemill.parameters import bind, call_arguments, check_reserved_names, signature_of

NAMES = ["a", "b", "c", "d", "e", "f"]


@st.composite
def functions(draw):
    """A function of a random signature that returns what its parameters were given."""
    kinds = sorted(draw(st.lists(st.sampled_from("pqk"), max_size=6)), key="pqk".index)
    defaults = draw(st.lists(st.booleans(), min_size=len(kinds), max_size=len(kinds)))
    seen = False
    parts, positional_only = [], kinds.count("p")
    star = draw(st.booleans())
    for i, (kind, default) in enumerate(zip(kinds, defaults, strict=True)):
        if kind != "k":
            seen = default = default or seen
        if kind == "k" and "k" not in kinds[:i]:
            parts.append("*rest" if star else "*")
        parts.append(f"{NAMES[i]}={i * 10}" if default else NAMES[i])
        if i + 1 == positional_only:
            parts.append("/")
    if star and "k" not in kinds:
        parts.append("*rest")
    if draw(st.booleans()):
        parts.append("**more")
    namespace = {}
    exec(f"def f({', '.join(parts)}): return dict(locals())", namespace)
    return namespace["f"]


calls = st.tuples(
    st.lists(st.integers(), max_size=7).map(tuple),
    st.dictionaries(st.sampled_from([*NAMES, "rest", "more", "z"]), st.integers(), max_size=5),
)


@given(functions(), calls)
def test_a_call_is_bound_as_python_binds_it_or_refused_as_python_refuses_it(fn, call):
    args, kwargs = call
    try:
        expected = fn(*args, **kwargs)
    except TypeError:
        with pytest.raises(ParameterBindError):
            bind(fn, args, kwargs)
        return

    bound = bind(fn, args, kwargs)

    assert bound == expected
    assert list(bound) == list(inspect.signature(fn).parameters)


@given(functions(), calls)
def test_binding_agrees_with_inspect(fn, call):
    args, kwargs = call
    signature = inspect.signature(fn)
    by_position_only = {p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_ONLY}
    assume(not by_position_only & set(kwargs))  # where inspect itself differs between versions of Python
    try:
        expected = signature.bind(*args, **kwargs)
    except TypeError:
        with pytest.raises(ParameterBindError):
            bind(fn, args, kwargs)
        return

    assert signature_of(fn).bind_given(args, kwargs) == expected.arguments
    expected.apply_defaults()
    assert bind(fn, args, kwargs) == expected.arguments


@given(functions(), calls)
def test_what_was_bound_can_be_called_again(fn, call):
    args, kwargs = call
    try:
        parameters = bind(fn, args, kwargs)
    except ParameterBindError:
        assume(False)

    again_args, again_kwargs = call_arguments(fn, parameters)

    assert fn(*again_args, **again_kwargs) == parameters


def greet(name, greeting="hello", *, loud=False):
    return name, greeting, loud


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "greet() needs a value for the parameter 'name'; its signature is greet(name, greeting=…, *, loud=…)"),
        ((), {"nmae": 1}, "greet() takes no parameter 'nmae', did you mean 'name'?"),
        (("a",), {"zzz": 1}, "greet() takes no parameter 'zzz'; it takes 'name', 'greeting', 'loud'"),
        (("a", "b", "c"), {}, "greet() takes at most 2 positional arguments, got 3"),
        (("a",), {"name": "b"}, "greet() got 'name' twice, by position and by name"),
    ],
)
def test_a_refusal_says_which_parameter_and_what_the_function_takes(args, kwargs, message):
    with pytest.raises(ParameterBindError) as refused:
        bind(greet, args, kwargs)

    assert str(refused.value).startswith(message)


def test_what_takes_nothing_says_so():
    with pytest.raises(ParameterBindError, match="takes no positional arguments, got 1"):
        bind(lambda: None, (1,), {})


def test_a_parameter_taken_by_position_only_is_named_as_such():
    def f(a, /):
        pass

    with pytest.raises(ParameterBindError, match="takes 'a' by position only"):
        bind(f, (), {"a": 1})


def test_each_call_gets_a_dict_of_its_own_for_extra_keywords():
    def f(**more):
        pass

    first = bind(f, (), {})
    first["more"]["x"] = 1

    assert bind(f, (), {}) == {"more": {}}


class Greeter:
    def greet(self, name, /, tone=1):
        return name

    @classmethod
    def make(cls, size):
        return size

    def __call__(self, volume):
        return volume


def test_methods_are_bound_without_their_object():
    assert bind(Greeter().greet, ("a",), {}) == {"name": "a", "tone": 1}
    assert bind(Greeter.make, (3,), {}) == {"size": 3}
    assert bind(Greeter(), (3,), {}) == {"volume": 3}


def test_partials_and_wrapped_functions_show_their_own_signature():
    @functools.wraps(greet)
    def wrapper(*args, **kwargs):
        return greet(*args, **kwargs)

    assert bind(wrapper, ("a",), {})["greeting"] == "hello"
    assert bind(functools.partial(greet, "a"), (), {}) == {"greeting": "hello", "loud": False}


def test_a_callable_that_hides_its_signature_takes_anything():
    assert bind(dict, (1,), {"a": 2}) == {"args": (1,), "kwargs": {"a": 2}}


def test_functions_are_not_kept_alive_by_what_is_known_about_them():
    import gc
    import weakref

    def f(a):
        pass

    bind(f, (1,), {})
    gone = weakref.ref(f)
    del f
    gc.collect()

    assert gone() is None


def test_parameters_that_are_left_out_keep_their_defaults_and_unknown_ones_are_refused():
    assert call_arguments(greet, {"name": "a", "loud": True}) == (("a",), {"loud": True})
    assert call_arguments(greet, {"greeting": "a"}) == ((), {"greeting": "a"})

    with pytest.raises(SignatureMismatchError, match="greet\\(\\) takes no parameter 'lound', did you mean 'loud'"):
        call_arguments(greet, {"name": "a", "lound": True})


def test_what_goes_by_position_does_not_move_up_when_something_before_it_is_left_out():
    def spread(a=1, *rest):
        return a, rest

    def only(a=1, b=2, /, c=3):
        return a, b, c

    def needed(a, *rest): ...

    assert spread(*call_arguments(spread, {"rest": (5,)})[0]) == (1, (5,))
    assert only(*call_arguments(only, {"b": 5})[0]) == (1, 5, 3)
    with pytest.raises(ParameterBindError, match="needs a value for the parameter 'a'"):
        call_arguments(needed, {"rest": (5,)})


@pytest.mark.parametrize("name", ["return_state", "wait_for"])
def test_names_that_every_call_takes_are_refused_as_parameters(name):
    namespace = {}
    exec(f"def f({name}): pass", namespace)

    with pytest.raises(ReservedArgumentError, match=f"f\\(\\) has a parameter '{name}'"):
        check_reserved_names(namespace["f"])
