"""Values by JSON schema."""

from __future__ import annotations

import pytest

from tidemill.exceptions import ParameterTypeError
from tidemill.parameters.by_schema import check_by_schema, check_job_variables

SCHEMA = {
    "type": "object",
    "properties": {
        "x": {"type": "integer"},
        "deep": {"type": "object", "properties": {"y": {"type": "string"}}, "required": ["y"]},
        "shared": {"$ref": "#/definitions/one"},
    },
    "required": ["x"],
    "definitions": {"one": {"enum": [1]}},
}


@pytest.mark.parametrize(
    "values",
    [
        {"x": 1},
        {"x": 1, "deep": {"y": "z"}},
        {"x": 1, "shared": 1, "other": []},
        {"x": 1, "deep": None},
        {"x": "{{ later }}"},
    ],
)
def test_what_fits(values):
    check_by_schema(values, SCHEMA, "these")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "these: x: is required"),
        ({"x": None}, "x: None is not"),
        ({"x": "1"}, "x: '1' is not of type"),
        ({"x": 1, "deep": {}}, "deep.y: is required"),
        ({"x": 1, "deep": {"y": 2}}, "deep.y: 2 is not of type"),
        ({"x": 1, "shared": 2}, "shared: 2 is not one of"),
        ({"x": [], "shared": 2}, "shared: .*; x: "),
    ],
)
def test_what_does_not_fit_is_named(values, said):
    with pytest.raises(ParameterTypeError, match=said):
        check_by_schema(values, SCHEMA, "these")


def test_what_is_needed_may_come_later():
    check_by_schema({}, SCHEMA, "these", all_required=False)
    with pytest.raises(ParameterTypeError):
        check_by_schema({"x": "1"}, SCHEMA, "these", all_required=False)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "http://127.0.0.1:9/x.json"}, "nothing is fetched"),
        ({"$ref": "file:///etc/passwd"}, "nothing is fetched"),
        ({"$ref": "#/definitions/absent"}, "not within it"),
        ({"type": "nonsense"}, "is no JSON schema"),
        ({"required": "x"}, "is no JSON schema"),
        ({"required": 5}, "is no JSON schema"),
        ({"properties": []}, "is no JSON schema"),
        ({"properties": {"x": {"pattern": "("}}}, "is no JSON schema"),
        ({"$ref": "#"}, "without an end"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema, said):
    with pytest.raises(ParameterTypeError, match=said):
        check_by_schema({"x": "1"}, schema, "these")


def test_no_schema_asks_nothing():
    check_by_schema({"x": object}, {}, "these")


def test_job_variables_stand_over_the_defaults_of_a_template():
    properties = {"cpus": {"type": "integer", "default": 1}, "image": {"type": "string"}}
    template = {"job_configuration": {}, "variables": {"properties": properties, "required": ["image", "cpus"]}}

    check_job_variables(template, {"image": "x"}, all_required=True)
    check_job_variables(template, {}, all_required=False)
    check_job_variables({}, {"anything": 1}, all_required=True)
    with pytest.raises(ParameterTypeError, match="image"):
        check_job_variables(template, {}, all_required=True)
    with pytest.raises(ParameterTypeError, match="cpus"):
        check_job_variables(template, {"image": "x", "cpus": "2"}, all_required=True)
