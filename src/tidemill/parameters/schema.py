"""A function's parameters as a JSON schema: what forms, the command line and the server ask for values by.

This module loads pydantic; nothing on a run's way imports it.
"""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_jsonable_python

from tidemill.parameters.annotations import UNRESOLVED, resolved_annotations
from tidemill.parameters.binding import Signature, signature_of
from tidemill.parameters.coercion import adapter_for
from tidemill.parameters.docstrings import parameter_docstrings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.json_schema import JsonSchemaValue, JsonSchemaWarningKind
    from pydantic_core import CoreSchema

_REFERENCE = "#/definitions/{model}"


class ParameterSchema(BaseModel):
    """The schema of a function's parameters: one property each, with its ``position`` in the signature."""

    title: Literal["Parameters"] = "Parameters"
    type: Literal["object"] = "object"
    properties: dict[str, Any] = {}
    required: list[str] = []
    definitions: dict[str, Any] = {}

    def model_dump_for_openapi(self) -> dict[str, Any]:
        """The schema as it is stored and sent: ``required`` is left out when nothing is."""
        schema = self.model_dump(mode="python", exclude_none=True)
        if not self.required:
            del schema["required"]
        return schema


class _Generator(GenerateJsonSchema):
    """Says nothing about what JSON cannot hold, where pydantic's own refuses the whole schema."""

    ignored_warning_kinds: ClassVar[set[JsonSchemaWarningKind]] = {"non-serializable-default", "skipped-choice"}  # type: ignore[misc]  # pydantic's says the same without ClassVar

    def handle_invalid_for_json_schema(self, schema: CoreSchema, error_info: str) -> JsonSchemaValue:
        del schema, error_info
        return {}


def parameter_schema(fn: Callable[..., Any]) -> ParameterSchema:
    """The schema of ``fn``'s parameters, with what its docstring says about each. A method's ``self`` is left out.

    A parameter whose annotation cannot be found or has no schema may be anything.
    """
    return _schema(signature_of(fn), resolved_annotations(fn), parameter_docstrings(inspect.getdoc(fn)))


def generate_parameter_schema(signature: inspect.Signature, docstrings: dict[str, str]) -> ParameterSchema:
    """The schema of a signature's parameters, described by ``docstrings``."""
    facts = Signature("", signature.parameters.values())
    return _schema(facts, facts.annotations, docstrings)


def parameter_schema_from_entrypoint(entrypoint: str) -> ParameterSchema:
    """The schema of the function or flow that an entrypoint leads to; its file or module is imported."""
    from tidemill.entrypoints import load_entrypoint  # noqa: PLC0415 - only deploying needs it

    found = load_entrypoint(entrypoint)
    return parameter_schema(getattr(found, "fn", found))


def _schema(signature: Signature, annotations: Mapping[str, Any], described: Mapping[str, str]) -> ParameterSchema:
    adapters = {name: _adapter(signature, annotations, name) for name in _asked_for(signature)}
    inner, definitions = _json_schemas(adapters)
    schema = ParameterSchema(definitions=definitions)
    for name, adapter in adapters.items():
        schema.properties[name] = {
            **({"description": described[name]} if name in described else {}),
            **inner[name],
            **_default(signature, name, adapter),
            "position": signature.names.index(name),
            "title": name,
        }
        if _is_required(signature, name):
            schema.required.append(name)
    return schema


def _asked_for(signature: Signature) -> list[str]:
    """The parameters but for a method's object, which nobody gives by name."""
    bound = signature.names[:1] in (("self",), ("cls",)) and signature.names[0] not in signature.annotations
    return list(signature.names[1:] if bound else signature.names)


def _adapter(signature: Signature, annotations: Mapping[str, Any], name: str) -> TypeAdapter[Any]:
    annotation, default = annotations.get(name, Any), signature.defaults.get(name)
    if annotation is UNRESOLVED or isinstance(annotation, str):
        annotation = Any
    if isinstance(default, FieldInfo):
        annotation = Annotated[annotation, default]
    stars = {signature.var_positional: "*", signature.var_keyword: "**"}
    return _usable(annotation, stars.get(name, ""))


def _usable(annotation: Any, star: str) -> TypeAdapter[Any]:
    """What speaks for the parameter; for a type that pydantic cannot describe, what speaks for anything."""
    adapter = adapter_for(annotation, star)
    if adapter is not None:
        try:
            adapter.json_schema(schema_generator=_Generator)
        except Exception:  # noqa: BLE001 - user types have hooks here that may raise anything
            adapter = None
    anything = adapter_for(Any, star)
    assert anything is not None
    return adapter or anything


def _json_schemas(adapters: Mapping[str, TypeAdapter[Any]]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Each parameter's schema, and the definitions that they share."""
    if not adapters:
        return {}, {}
    inputs = [(name, "validation", adapter) for name, adapter in adapters.items()]
    found, shared = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE, schema_generator=_Generator)  # type: ignore[arg-type]  # the mode is a Literal there
    # every adapter is for a tuple of one: see adapter_for
    inner = {str(key): dict(schema["prefixItems"][0]) for (key, _), schema in found.items()}
    return inner, shared.get("$defs", {})


def _is_required(signature: Signature, name: str) -> bool:
    default = signature.defaults.get(name)
    return default.is_required() if isinstance(default, FieldInfo) else name in signature.required


def _default(signature: Signature, name: str, adapter: TypeAdapter[Any]) -> dict[str, Any]:
    """The default as JSON has it, if there is one and JSON can hold it."""
    if name not in signature.defaults or _is_required(signature, name):
        return {}
    default = signature.defaults[name]
    if isinstance(default, FieldInfo):
        default = default.get_default(call_default_factory=True)
    try:
        return {"default": adapter.dump_python((default,), mode="json", warnings="error")[0]}
    except Exception:  # noqa: BLE001 - the default need not be of the type, and user types have hooks here
        with suppress(Exception):
            return {"default": to_jsonable_python(default)}
    return {}
