"""The schema document (OpenAPI 3.1), made from the operations' declarations and the structs of what crosses HTTP."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tidemill._version import __version__
from tidemill.api.operation import OPEN
from tidemill.api.operations import every_operation
from tidemill.server.type_schemas import Schemas

if TYPE_CHECKING:
    from tidemill.api.operation import Operation

_VARIABLE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_REFUSALS: Final = {
    "Refusal": {
        "type": "object",
        "required": ["detail", "exception_message"],
        "properties": {"detail": {"type": "string"}, "exception_message": {"type": "string"}},
    },
    "NotValid": {
        "type": "object",
        "required": ["exception_message", "exception_detail"],
        "properties": {
            "detail": {"type": "string"},
            "exception_message": {"type": "string"},
            "exception_detail": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                        "msg": {"type": "string"},
                        "type": {"type": "string"},
                    },
                },
            },
            "request_body": {},
        },
    },
}


@cache
def document(prefix: str = "/api", operations: tuple[Operation, ...] | None = None) -> bytes:
    """The whole document as JSON; paths are those of a server that serves the API below ``prefix``.

    ``operations``: all that are declared, unless told otherwise.
    """
    schemas = Schemas()
    paths: dict[str, Any] = {}
    for operation in every_operation() if operations is None else operations:
        path = prefix + _VARIABLE.sub(r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, schemas)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "tidemill", "version": __version__},
            "paths": paths,
            "components": {
                "schemas": dict(sorted((schemas.components | _REFUSALS).items())),
                "securitySchemes": {
                    "key": {"type": "http", "scheme": "bearer"},
                    "basic": {"type": "http", "scheme": "basic"},
                },
            },
        }
    )


def _described(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": _identity(operation),
        "summary": operation.name.replace("_", " ").capitalize(),
        "tags": [operation.tag],
        "responses": _answers(operation, schemas),
        "security": [] if operation.permission == OPEN else [{"key": []}, {"basic": []}],
        "x-permission": operation.permission,
    }
    parameters = [_of_path(name, kind) for name, kind in _VARIABLE.findall(operation.path)]
    if operation.query is not None:
        parameters += _of_query(operation.query, schemas)
    if parameters:
        said["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.of(operation.body)}}
        said["requestBody"] = {"required": operation.body_required, "content": content}
    return said


def _identity(operation: Operation) -> str:
    """A name of its own: two operations may be called alike, at different paths."""
    path = _VARIABLE.sub(r"_\1_", operation.path).strip("/").replace("/", "_").replace("-", "_")
    return f"{operation.name}_{path}_{operation.method.lower()}"


def _answers(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in (operation.status, *operation.also):
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        if operation.answer is not None:
            answers[str(status)]["content"] = {"application/json": {"schema": schemas.of(operation.answer)}}
    for status in operation.refuses:
        answers[str(status)] = _refusal(status, "Refusal")
    answers["422"] = _refusal(422, "NotValid")
    return answers


def _refusal(status: int, name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def _of_path(name: str, kind: str) -> dict[str, Any]:
    schema = {"type": "string"} | ({"format": "uuid"} if kind == "uuid" else {})
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _of_query(query: type[msgspec.Struct], schemas: Schemas) -> list[dict[str, Any]]:
    shape = schemas.fields_of(query)
    required = shape.get("required", [])
    return [
        {"name": name.replace("_", "-") if name == "page_token" else name, "in": "query", "required": name in required}
        | {"schema": schema}
        for name, schema in shape["properties"].items()
    ]
