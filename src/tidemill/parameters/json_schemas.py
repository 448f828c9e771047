"""JSON schemas of strangers, as a server checks values by them: nothing is fetched for one, and none takes long.

A schema may refer to parts of itself alone. Each step of the checking is counted, and what needs more than
``MOST_STEPS`` cannot be used. Patterns are matched by the engine that pydantic matches with, which never goes back over
a text. What that cannot read (a pattern that looks ahead) is passed over, and so are very long texts, and
``unevaluatedProperties`` and ``unevaluatedItems``, which no model of pydantic says.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: A few seconds' worth of them. A quarter of a million numbers in a list, as many as 512 KiB hold, need as many.
MOST_STEPS: Final = 300_000
_REMEMBERED_BYTES: Final = 64 * 1024
_LONGEST_TEXT: Final = 10_000
_ELEMENTS_A_STEP: Final = 8
_CHARACTERS_A_STEP: Final = 100
_left: ContextVar[list[int]] = ContextVar("left")


class UnusableSchemaError(ValueError):
    """What should be a JSON schema is none, refers to elsewhere, or takes too long. The message goes on behind "it"."""


def errors_by_schema(schema: Mapping[str, Any], values: Any) -> list[Any]:
    """What is wrong with values, as ``jsonschema`` tells it. Raises UnusableSchemaError."""
    from jsonschema.exceptions import SchemaError, UnknownType  # type: ignore[import-untyped]  # noqa: PLC0415 - large
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - as above

    said = msgspec.json.encode(schema)
    try:
        validator = _remembered(said) if len(said) < _REMEMBERED_BYTES else _validator(said)
        with_budget = _left.set([MOST_STEPS])
        try:
            return list(validator.iter_errors(values))
        finally:
            _left.reset(with_budget)
    except (SchemaError, UnknownType) as error:
        raise UnusableSchemaError(f"is no JSON schema: {getattr(error, 'message', error)}") from error
    except Unresolvable as error:
        where = f"refers to {error.ref!r}, which is not within it; nothing is fetched from elsewhere"
        raise UnusableSchemaError(where) from error
    except RecursionError as error:
        raise UnusableSchemaError("refers to itself without an end") from error


def _validator(said: bytes) -> Any:
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415 - as above

    schema = _of_one_dialect(msgspec.json.decode(said))
    with_budget = _left.set([MOST_STEPS])
    try:
        for error in _of_schemas().iter_errors(schema):
            raise SchemaError.create_from(error)
    finally:
        _left.reset(with_budget)
    return _counting()(schema, registry=Registry())


_remembered = lru_cache(256)(_validator)


def _of_one_dialect(schema: Any) -> Any:
    """Without ``$schema``, by which a part of it would be checked by another class than ours."""
    if isinstance(schema, list):
        return [_of_one_dialect(one) for one in schema]
    if isinstance(schema, dict):
        return {key: _of_one_dialect(one) for key, one in schema.items() if key != "$schema" or isinstance(one, dict)}
    return schema


@cache
def _of_schemas() -> Any:
    """What checks whether a schema is one."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
    from referencing import Registry  # noqa: PLC0415 - as above
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - as above

    whole = Draft202012Validator.META_SCHEMA
    base = whole["$id"].rpartition("/")[0]
    parts = [whole, *(REGISTRY.contents(f"{base}/{one['$ref']}") for one in whole["allOf"])]
    kept = [(part["$id"], DRAFT202012.create_resource(_of_one_dialect(part))) for part in parts]
    return _counting()(_of_one_dialect(whole), registry=Registry().with_resources(kept))


@cache
def _counting() -> Any:
    """The validators' class: all keywords count, and some are our own."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - as above
    from jsonschema.validators import extend  # type: ignore[import-untyped]  # noqa: PLC0415 - as above

    own: dict[str, Callable[..., Iterator[Any]]] = {
        "additionalProperties": _additional_properties,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "unevaluatedItems": _nothing,
        "unevaluatedProperties": _nothing,
        "uniqueItems": _unique_items,
    }
    keywords = {**Draft202012Validator.VALIDATORS, **own}
    return extend(Draft202012Validator, {name: _counted(keyword) for name, keyword in keywords.items()})


def _counted(keyword: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def counted(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
        _take(1 + _steps(said) + _steps(instance))
        for error in keyword(validator, said, instance, schema) or ():
            _take(1 + len(error.message) // _CHARACTERS_A_STEP)
            yield error

    return counted


def _take(steps: int) -> None:
    left = _left.get()
    left[0] -= steps
    if left[0] < 0:
        raise UnusableSchemaError("takes too long to be checked")


def _steps(value: Any) -> int:
    if isinstance(value, dict | list):
        return len(value) // _ELEMENTS_A_STEP
    return len(value) // _CHARACTERS_A_STEP if isinstance(value, str) else 0


@lru_cache(1024)
def _matcher(pattern: str) -> Any:
    from pydantic_core import SchemaError, SchemaValidator  # noqa: PLC0415 - as above

    try:
        return SchemaValidator({"type": "str", "pattern": pattern, "strict": True})
    except SchemaError:
        _check_pattern(pattern)
        return None


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UnusableSchemaError(f"is no JSON schema: {pattern[:100]!r} is no regular expression: {error}") from error


def _matches(pattern: str, text: str, *, otherwise: bool) -> bool:
    matcher = _matcher(pattern)
    if matcher is None or len(text) > _LONGEST_TEXT:
        return otherwise
    return bool(matcher.isinstance_python(text))


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415 - as above

    fits = _matches(pattern, instance if isinstance(instance, str) else "", otherwise=True)
    if isinstance(instance, str) and not fits:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, _schema: Any) -> Iterator[Any]:
    for pattern, schema in patterns.items() if isinstance(instance, dict) else ():
        for name, value in instance.items():
            _take(1)
            if _matches(pattern, name, otherwise=False):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, said: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415 - as above

    if not isinstance(instance, dict):
        return
    patterns = schema.get("patternProperties", {})
    _take(len(instance) * len(patterns))
    named = schema.get("properties", {})
    more = [
        name
        for name in instance
        if name not in named and not any(_matches(pattern, name, otherwise=True) for pattern in patterns)
    ]
    if isinstance(said, dict):
        for name in more:
            yield from validator.descend(instance[name], said, path=name)
    elif more and not said:
        these = ", ".join(map(repr, sorted(more)))
        verb = "was" if len(more) == 1 else "were"
        yield ValidationError(f"Additional properties are not allowed ({these} {verb} unexpected)")


def _unique_items(_validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415 - as above

    if wanted and isinstance(instance, list):
        written = {msgspec.json.encode(one, order="sorted", enc_hook=repr) for one in instance}
        if len(written) < len(instance):
            yield ValidationError(f"{instance!r} has non-unique elements")


def _nothing(*_: Any) -> Iterator[Any]:
    return iter(())
