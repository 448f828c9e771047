"""JSON schemas of strangers: as ``jsonschema`` has them, save that none takes for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tidemill.parameters import json_schemas
from tidemill.parameters.json_schemas import MOST_STEPS, UnusableSchemaError, errors_by_schema

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
NAMES = st.sampled_from(["a", "b", "ab", "abc"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PATTERNS = st.sampled_from(["^a", "b$", "^[a-z]+(-[a-z]+)*$", "(a|b)c", r"^\w{2}$"])
KEYWORDS = {
    "type": st.sampled_from(["object", "array", "string", "integer", "null", "boolean"]),
    "enum": st.lists(VALUES, min_size=1, max_size=2),
    "pattern": PATTERNS,
    "uniqueItems": st.booleans(),
    "required": st.lists(NAMES, max_size=2, unique=True),
    "maxItems": st.integers(0, 2),
    "minLength": st.integers(0, 3),
}
SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional=KEYWORDS),
    lambda inner: st.fixed_dictionaries(
        {},
        optional=KEYWORDS
        | {
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "patternProperties": st.dictionaries(PATTERNS, inner, max_size=2),
            "additionalProperties": inner,
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    ),
    max_leaves=6,
).filter(lambda schema: isinstance(schema, dict))


def told(errors):
    return sorted(((list(map(str, error.path)), error.validator) for error in errors), key=repr)


@given(SCHEMAS, VALUES)
def test_what_fits_is_what_fits_elsewhere(schema, values):
    assert told(errors_by_schema(schema, values)) == told(Draft202012Validator(schema).iter_errors(values))


@pytest.fixture(params=[30_000, pytest.param(MOST_STEPS, marks=pytest.mark.thorough)])
def steps(request, monkeypatch):
    """How many may be taken; a tenth of what it is shows the same in a tenth of the seconds."""
    monkeypatch.setattr(json_schemas, "MOST_STEPS", request.param)
    return request.param


def doubling(times):
    """A schema whose parts are two of the part below."""
    parts = {f"a{one}": {"allOf": [{"$ref": f"#/$defs/a{one - 1}"}] * 2} for one in range(1, times)}
    return {"$defs": {"a0": {"type": "string"}} | parts, "$ref": f"#/$defs/a{times - 1}"}


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        (doubling(60), "x"),
        ({"$schema": DRAFT_7} | doubling(60), "x"),
        ({"$defs": doubling(60)["$defs"], "items": {"$schema": DRAFT_7, "$ref": "#/$defs/a59"}}, ["x"]),
        ({"allOf": [{"maxItems": 0}] * 10_000}, [0] * 10_000),
        ({"items": {"enum": list(range(10_000))}}, [-1] * 10_000),
        ({"allOf": [{}] * 1_000_000}, 1),
    ],
    ids=["doubling", "of another dialect", "within another dialect", "long messages", "many to compare", "large"],
)
def test_s17_what_takes_too_long_is_given_up(steps, schema, values):
    with pytest.raises(UnusableSchemaError, match="takes too long"):
        errors_by_schema(schema, values)


def test_s17_patterns_never_go_back_over_a_text():
    text = "a" * 5_000 + "!"
    schema = {"properties": {"x": {"pattern": "^(a+)+$"}}, "patternProperties": {"^(a|aa)+$": False}}

    assert told(errors_by_schema(schema, {"x": text, text: 1})) == [(["x"], "pattern")]


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1"])
def test_a_pattern_that_only_other_engines_know_is_passed_over(pattern):
    assert errors_by_schema({"pattern": pattern}, "c") == []


def test_what_is_in_the_list_twice():
    assert errors_by_schema({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}]) != []
    assert errors_by_schema({"uniqueItems": True}, [0, False, "0", None, [], {}]) == []


def test_as_many_numbers_as_parameters_may_have_are_looked_at(steps):
    assert errors_by_schema({"items": {"type": "integer"}}, [1] * (steps * 7 // 8)) == []
