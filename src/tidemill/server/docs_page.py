"""The docs page: the schema document for people. Plain HTML, no scripts, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
summary { cursor: pointer; padding: .2rem 0 } code { font: 13px ui-monospace, monospace }
.method { display: inline-block; width: 4.5rem; font-weight: 600 } .says { opacity: .7 }
table { border-collapse: collapse; margin: .3rem 0 1rem 1.5rem }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
"""


def page(document: bytes) -> bytes:
    """The page for a schema document."""
    described = msgspec.json.decode(document)
    found = [
        (said["tags"][0], method.upper(), path, said)
        for path, methods in described["paths"].items()
        for method, said in methods.items()
    ]
    found.sort(key=lambda one: one[0])
    schemas = described["components"]["schemas"]
    sections = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_operation(*one[1:], schemas) for one in those)}"
        for tag, those in groupby(found, key=lambda one: one[0])
    )
    title = f"{described['info']['title']} {described['info']['version']}"
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}: the REST API</title><style>{_STYLE}</style><h1>{escape(title)}: the REST API</h1>"
        "<p>The same for programs: <a href=openapi.json><code>openapi.json</code></a>.</p>"
        f"{sections}</html>"
    ).encode()


def _operation(method: str, path: str, said: dict[str, Any], schemas: dict[str, Any]) -> str:
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = ", ".join(f"{status} {escape(one['description'])}" for status, one in said["responses"].items())
    parameters = [(one["name"], one["schema"], one["required"]) for one in said.get("parameters", ())]
    return (
        f"<details><summary><span class=method>{method}</span> <code>{escape(path)}</code> "
        f"<span class=says>{escape(said['summary'])}</span></summary><table>"
        f"<tr><td>Permission<td><code>{escape(said['x-permission'])}</code><tr><td>Answers<td>{answers}"
        f"{_rows('Parameter', parameters)}{_rows('Body', _fields(body, schemas)) if body else ''}</table></details>"
    )


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[tuple[str, dict[str, Any], bool]]:
    shape = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    required = shape.get("required", ())
    return [(name, field, name in required) for name, field in shape.get("properties", {}).items()] or [
        ("", schema, True)
    ]


def _rows(kind: str, fields: Iterable[tuple[str, dict[str, Any], bool]]) -> str:
    return "".join(
        f"<tr><td>{kind}<td><code>{escape(name)}</code><td><code>{escape(_type(schema))}</code>"
        f"<td>{'required' if required else ''}"
        for name, schema, required in fields
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("const") or kind)
