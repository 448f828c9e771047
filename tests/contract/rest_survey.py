"""The served schema document held against the contract, operation by operation and field by field.

Both are brought into one form first: a schema becomes a nest of plain dicts in which references are followed. Not
compared: descriptions, titles; in answers, defaults and what is required, since all fields are always sent.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.contract.facts import raw
from tidemill.server.openapi import document

Shape = dict[str, Any]
#: Differences that are meant, by "METHOD /path place": see docs/decisions.
FREE = {"type": "any"}
#: Formats that say nothing about what is sent.
_EMPTY_FORMATS = {"path", "binary", "password", "time-delta"}


@cache
def contract() -> dict[str, Any]:
    return raw("rest.json")


@cache
def served() -> dict[str, Any]:
    return json.loads(document("/api"))


def theirs(schema: Shape, *, answer: bool, seen: tuple[str, ...] = ()) -> Any:
    """A schema of the contract in the common form."""
    if "ref" in schema:
        name = schema["ref"]
        if name in seen:
            return f"again {name.removesuffix('-Input').removesuffix('-Output')}"
        inner = contract()["schemas"].get(name)
        shape = FREE if inner is None else theirs(inner, answer=answer, seen=(*seen, name))
    elif "any" in schema:
        shape = _any(theirs(one, answer=answer, seen=seen) for one in schema["any"])
    elif "fields" in schema:
        fields = {
            name: _field(theirs(field, answer=answer, seen=seen), field, bool(field.get("required")), answer)
            for name, field in schema["fields"].items()
        }
        shape = {"fields": fields, "extra": schema.get("extra") != "forbid" or answer}
    elif schema.get("type") == "array":
        shape = {"array": _items(schema, "prefix_items", answer, seen)}
    elif schema.get("type") == "object":
        shape = {"object": theirs(schema["values"], answer=answer, seen=seen) if "values" in schema else "any"}
    elif "enum" in schema:
        shape = {"enum": sorted(schema["enum"])}
    elif "const" in schema:
        shape = {"enum": [schema["const"]]}
    else:
        shape = _simple(schema.get("type", "any"), schema.get("format"), answer)
    if schema.get("nullable") and not (isinstance(shape, dict) and "any" in shape and "null" in shape["any"]):
        shape = _any([shape, "null"])
    return shape


def _items(schema: Shape, tuple_key: str, answer: bool, seen: tuple[str, ...]) -> Any:
    if tuple_key in schema:
        return [theirs(one, answer=answer, seen=seen) for one in schema[tuple_key]]
    return theirs(schema.get("items", {}), answer=answer, seen=seen)


def ours(schema: Shape, *, answer: bool, seen: tuple[str, ...] = ()) -> Any:
    """A schema of the served document in the common form."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            return f"again {name}"
        return ours(served()["components"]["schemas"][name], answer=answer, seen=(*seen, name))
    if "anyOf" in schema:
        return _any(ours(one, answer=answer, seen=seen) for one in schema["anyOf"])
    if "properties" in schema or ("additionalProperties" in schema and schema["additionalProperties"] is False):
        required = schema.get("required", [])
        fields = {
            name: _field(ours(field, answer=answer, seen=seen), field, name in required, answer)
            for name, field in schema.get("properties", {}).items()
        }
        return {"fields": fields, "extra": schema.get("additionalProperties") is not False or answer}
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return {"array": [ours(one, answer=answer, seen=seen) for one in schema["prefixItems"]]}
        return {"array": ours(schema["items"], answer=answer, seen=seen)}
    if schema.get("type") == "object":
        values = schema.get("additionalProperties", True)
        return {"object": "any" if values is True else ours(values, answer=answer, seen=seen)}
    if "enum" in schema:
        return {"enum": sorted(schema["enum"])}
    if "const" in schema:
        return {"enum": [schema["const"]]}
    return _simple(schema.get("type", "any"), schema.get("format"), answer)


def _simple(kind: Any, format_: str | None, answer: bool) -> str:
    if format_ == "duration":
        return "duration"
    if format_ in _EMPTY_FORMATS:
        format_ = None
    return f"{kind} {format_}" if format_ else kind


def _any(shapes: Any) -> Any:
    parts: list[Any] = []
    for shape in shapes:
        for part in shape["any"] if isinstance(shape, dict) and "any" in shape else [shape]:
            if part not in parts:
                parts.append(part)
    if "any" in parts or FREE in parts:
        return "any"
    if "number" in parts:  # whole numbers are numbers
        parts = [part for part in parts if part not in ("integer", {"array": "integer"})]
    return parts[0] if len(parts) == 1 else {"any": sorted(parts, key=_kind_of)}


def _kind_of(shape: Any) -> str:
    """By what the parts of a union are told apart: the word that marks them, else the names of their fields."""
    if not isinstance(shape, dict) or "fields" not in shape:
        return json.dumps(shape, sort_keys=True)
    marks = [
        field["is"]["enum"][0]
        for name, field in shape["fields"].items()
        if name in ("type", "input_type") and isinstance(field["is"], dict) and len(field["is"].get("enum", ())) == 1
    ]
    return f"{{{marks or sorted(shape['fields'])}"


def _field(shape: Any, schema: Shape, required: bool, answer: bool) -> Any:
    if answer:
        return {"is": _not_null(shape)}
    if isinstance(shape, dict) and len(shape.get("enum", ())) == 1:
        return {"is": shape}  # a mark: whether it must be sent depends on whether anything else could be meant
    default = schema.get("default")
    plain = isinstance(default, (bool, int, float, str)) and default not in ("", "PT0S", 0.0)
    said: Shape = {"is": shape if plain else _not_null(shape), "required": required}
    if plain and schema.get("default") is not True:  # in changes, what is absent stays, whatever the contract says
        said["default"] = default
    for mine, also in (
        ("minimum", "min"),
        ("maximum", "max"),
        ("exclusiveMinimum", "xmin"),
        ("pattern", "pattern"),
        ("maxLength", "max_length"),
        ("minLength", "min_length"),
    ):
        bound = _bound_in(schema, mine, also)
        if bound is not None and not (mine == "minimum" and bound == 0):  # of limits the contract says it elsewhere
            said[mine] = bound
    return said


def _bound_in(schema: Shape, *names: str) -> Any:
    for name in names:
        if name in schema:
            return schema[name]
    for part in schema.get("anyOf", ()):
        if (found := _bound_in(part, *names)) is not None:
            return found
    return None


def _not_null(shape: Any) -> Any:
    """Whether null may come in an answer is no promise that clients rely on."""
    if isinstance(shape, dict) and "any" in shape:
        return _any([part for part in shape["any"] if part != "null"] or ["null"])
    return shape


def differences(theirs_: Any, ours_: Any, at: str = "") -> list[str]:
    """Where two shapes differ, one line each."""
    if theirs_ == ours_ or theirs_ in ("any", FREE) or (theirs_, ours_) == ("number", "duration"):
        return []
    if isinstance(theirs_, dict) and isinstance(ours_, dict) and theirs_.keys() == ours_.keys():
        found = []
        for key in theirs_:
            if key == "fields":
                for name in sorted(theirs_["fields"].keys() | ours_["fields"].keys()):
                    if name not in ours_["fields"]:
                        found.append(f"{at}.{name}: is missing")
                    elif name not in theirs_["fields"]:
                        found.append(f"{at}.{name}: is more than the contract has")
                    else:
                        found += differences(theirs_["fields"][name], ours_["fields"][name], f"{at}.{name}")
            elif key in ("is", "array", "object"):
                found += differences(theirs_[key], ours_[key], at + ("" if key == "is" else "[]"))
            elif key == "any" and len(theirs_[key]) == len(ours_[key]):
                for one, other in zip(theirs_[key], ours_[key], strict=True):
                    found += differences(one, other, at)
            elif theirs_[key] != ours_[key]:
                found.append(
                    f"{at}: {key} is {json.dumps(ours_[key])[:80]}, the contract has {json.dumps(theirs_[key])[:80]}"
                )
        return found
    return [f"{at}: is {json.dumps(ours_)[:160]}, the contract has {json.dumps(theirs_)[:160]}"]


def survey() -> list[str]:
    """Every difference between what is served and what the contract has."""
    found = []
    for path, methods in sorted(contract()["paths"].items()):
        for method, facts in sorted(methods.items()):
            mine = served()["paths"].get(f"/api{path}", {}).get(method.lower())
            where = f"{method} {path}"
            if mine is None:
                found.append(f"{where}: is missing")
                continue
            found += [f"{where} {line}" for line in _operation(facts, mine)]
    return found


def _operation(facts: Shape, mine: Shape) -> list[str]:
    found = []
    body = facts.get("body")
    given = mine.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if (body is None) != (given is None):
        found.append("body: one has none")
    elif body is not None and given is not None:
        found += differences(
            theirs({k: v for k, v in body.items() if k != "required"}, answer=False), ours(given, answer=False), "body"
        )
        if bool(body.get("required")) != mine["requestBody"]["required"]:
            found.append("body: whether it is required")
    found += _parameters(facts, mine)
    for status, answer in facts["responses"].items():
        if status == "422":
            continue
        if status not in mine["responses"]:
            found.append(f"{status}: is not declared")
            continue
        schema = mine["responses"][status].get("content", {}).get("application/json", {}).get("schema")
        if answer.get("type") == "empty":
            if schema is not None:
                found.append(f"{status}: the contract has no content")
        elif schema is None:
            found.append(f"{status}: has no content")
        else:
            found += differences(theirs(answer, answer=True), ours(schema, answer=True), status)
    declared = {int(status) for status in mine["responses"]}
    missing = (set(facts.get("sets") or ()) | set(facts.get("raises") or ())) - declared
    return found + [f"{status}: is not declared" for status in sorted(missing)]


def _parameters(facts: Shape, mine: Shape) -> list[str]:
    have = {(one["in"], one["name"]) for one in mine.get("parameters", ())}
    want = {(place, name) for place in ("path", "query") for name in facts.get(place, {})}
    return [f"{place} {name}: is missing" for place, name in sorted(want - have)] + [
        f"{place} {name}: is more than the contract has" for place, name in sorted(have - want)
    ]
