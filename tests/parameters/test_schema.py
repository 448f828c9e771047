"""Functions described as JSON schemas."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic
import pytest

from tidemill.parameters.docstrings import parameter_docstrings
from tidemill.parameters.schema import generate_parameter_schema, parameter_schema, parameter_schema_from_entrypoint

if TYPE_CHECKING:
    from nowhere import Frame  # noqa: F401 - named in quotes below


class Colour(enum.Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    depth: int = 1


@dataclasses.dataclass
class Point:
    x: int


class Foreign:
    pass


def property_of(annotation, **default):
    def f(value):
        pass

    f.__annotations__ = {"value": annotation}
    f.__defaults__ = tuple(default.values()) or None
    schema = parameter_schema(f)
    shown = schema.properties["value"]
    assert (shown.pop("position"), shown.pop("title")) == (0, "value")
    assert schema.required == ([] if default else ["value"])
    return shown


@pytest.mark.parametrize(
    ("annotation", "default", "expected"),
    [
        (int, {}, {"type": "integer"}),
        (int, {"d": 3}, {"type": "integer", "default": 3}),
        (Literal["a", "b"], {}, {"enum": ["a", "b"], "type": "string"}),
        (
            dt.datetime,
            {"d": dt.datetime(2024, 1, 2)},
            {"type": "string", "format": "date-time", "default": "2024-01-02T00:00:00"},
        ),
        (Colour, {"d": Colour.RED}, {"$ref": "#/definitions/Colour", "default": "red"}),
        (Model, {"d": Model()}, {"$ref": "#/definitions/Model", "default": {"depth": 1}}),
        (Model, {"d": None}, {"$ref": "#/definitions/Model", "default": None}),
        (Point | None, {}, {"anyOf": [{"$ref": "#/definitions/Point"}, {"type": "null"}]}),
        (list[Foreign], {}, {"type": "array", "items": {}}),
        (Foreign, {"d": Foreign()}, {}),
        (Callable[[int], int], {}, {}),
        ("Frame", {}, {}),
        (
            Annotated[int, pydantic.Field(gt=1, description="many")],
            {},
            {"type": "integer", "exclusiveMinimum": 1, "description": "many"},
        ),
        (int, {"d": pydantic.Field(default=3, lt=5)}, {"type": "integer", "exclusiveMaximum": 5, "default": 3}),
    ],
)
def test_a_parameter_is_described_by_its_annotation_and_default(annotation, default, expected):
    assert property_of(annotation, **default) == expected


def test_the_whole_has_the_shape_that_is_stored_and_sent():
    def f(model: Model, *rest: int, other: Model | None = None, **more: float):
        """Do it.

        Args:
            model: what to do
                it with
            other (Model): another
        """

    assert parameter_schema(f).model_dump_for_openapi() == {
        "title": "Parameters",
        "type": "object",
        "properties": {
            "model": {
                "$ref": "#/definitions/Model",
                "position": 0,
                "title": "model",
                "description": "what to do\nit with",
            },
            "rest": {"type": "array", "items": {"type": "integer"}, "position": 1, "title": "rest"},
            "other": {
                "anyOf": [{"$ref": "#/definitions/Model"}, {"type": "null"}],
                "default": None,
                "position": 2,
                "title": "other",
                "description": "another",
            },
            "more": {"type": "object", "additionalProperties": {"type": "number"}, "position": 3, "title": "more"},
        },
        "required": ["model"],
        "definitions": {
            "Model": {
                "title": "Model",
                "type": "object",
                "properties": {"depth": {"type": "integer", "default": 1, "title": "Depth"}},
            }
        },
    }


def test_a_function_without_parameters():
    assert parameter_schema(lambda: 1).model_dump_for_openapi() == {
        "title": "Parameters",
        "type": "object",
        "properties": {},
        "definitions": {},
    }


def test_names_that_models_keep_for_themselves_are_fine():
    def f(model_config: int, _private: int, schema: int):
        pass

    assert parameter_schema(f).required == ["model_config", "_private", "schema"]


def test_a_methods_object_is_no_parameter():
    class Pipeline:
        def run(self, n: int):
            pass

    assert list(parameter_schema(Pipeline.run).properties) == ["n"]
    assert list(parameter_schema(Pipeline().run).properties) == ["n"]


def test_from_a_signature_and_from_an_entrypoint(tmp_path):
    file = tmp_path / "flows.py"
    file.write_text("def run(n: int): pass\n")

    from_file = parameter_schema_from_entrypoint(f"{file}:run")
    given = inspect.Signature([inspect.Parameter("n", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=int)])

    assert generate_parameter_schema(given, {}) == from_file
    assert generate_parameter_schema(given, {"n": "how many"}).properties["n"]["description"] == "how many"


@pytest.mark.parametrize(
    "docstring",
    [
        "Do.\n\nArgs:\n    n (int): how many\n        there are\n    *rest: others\n\nReturns:\n    x: not a parameter\n",
        "Do.\n\nParameters\n----------\nn : int\n    how many\n    there are\n*rest\n    others\n\nReturns\n-------\nx : int\n    no",
        "Do.\n\n:param n: how many\n    there are\n:param int rest: others\n:returns: x\n",
    ],
)
def test_docstrings_of_every_usual_kind_are_read(docstring):
    assert parameter_docstrings(docstring) == {"n": "how many\nthere are", "rest": "others"}


@pytest.mark.parametrize("docstring", [None, "", "Do.", "Args:\n", "Note: this", "Parameters of life"])
def test_docstrings_that_describe_nothing(docstring):
    assert parameter_docstrings(docstring) == {}
