"""Bytes to what a handler takes, and what it answers to bytes."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import msgspec

from tidemill.domain.json_depth import too_deep
from tidemill.domain.names import LONGEST_NAME_BYTES, storable_json, too_long
from tidemill.server.calls import Answer
from tidemill.server.refusals import Refusal, not_fitting, not_valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidemill.api.operation import Operation

encode: Final = msgspec.json.Encoder().encode
#: A NUL in a JSON text: PostgreSQL stores none, so nobody does.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


#: Where the structs stand whose fields are the arguments of an operation.
_OPERATIONS: Final = "tidemill.api.operations."


@cache
def _decoder(type_: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(type_, strict=False).decode


def body_of(operation: Operation, raw: bytes) -> Any:
    """The body as the operation's type. Without one: as if it were an empty object, where it may be missing."""
    if not raw:
        if operation.body_required:
            raise not_valid("body", "a body is needed")
        raw = b"null" if operation.body is str else b"{}"
    if operation.most_depth and too_deep(raw, operation.most_depth):
        raise not_valid("body", f"is nested more than {operation.most_depth} levels deep")
    if operation.forgiving:
        raw = storable_json(raw)
    elif b"\\u0000" in raw and _NUL.search(raw):
        raise not_valid("body", "has a NUL character (\\u0000), which cannot be stored")
    try:
        return _decoded(operation.body, raw)
    except msgspec.ValidationError as error:
        raise not_fitting("body", error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_valid("body", f"is not JSON: {error}") from error
    except RecursionError as error:
        raise not_valid("body", "is nested too deeply") from error


def refuse_large_parameters(body: Any, raw: bytes, most: int) -> None:
    """Unless each set of parameters in a body comes to ``most`` bytes of JSON at most; 0 is no limit."""
    if not most or len(raw) <= most:
        return
    for place, one in enumerate(body) if isinstance(body, list) else [(None, body)]:
        parameters = getattr(one, "parameters", None)
        size = len(encode(parameters)) if isinstance(parameters, dict) else 0
        if size > most:
            path = ("parameters",) if place is None else (place, "parameters")
            raise not_valid("body", f"expected {most} bytes at most, got {size}: pass where it is kept instead", *path)


def refuse_long_names(body: Any, raw: bytes) -> None:
    """Unless each text in a body by which something is found is as short as every database can have it."""
    if len(raw) > LONGEST_NAME_BYTES:
        _look_for_long_names(body, ())


def _look_for_long_names(value: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            said = getattr(value, field)
            complaint = too_long(field, said) if isinstance(said, str) else None
            if complaint is not None:
                raise not_valid("body", complaint, *path, field)
            _look_for_long_names(said, (*path, field))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _look_for_long_names(one, (*path, place))


def _decoded(type_: Any, raw: bytes) -> Any:
    """A null for an argument of an operation (not for a field of a thing) says what leaving it out says."""
    try:
        return _decoder(type_)(raw)
    except msgspec.ValidationError:
        if b"null" not in raw or not str(getattr(type_, "__module__", "")).startswith(_OPERATIONS):
            raise
        given = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return _decoder(type_)(encode({name: value for name, value in given.items() if bytes(value) != b"null"}))


def query_of(operation: Operation, raw: bytes) -> Any:
    """The query string as the operation's type."""
    try:
        given = dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=64))
    except (ValueError, UnicodeDecodeError) as error:
        raise not_valid("query", f"cannot be read: {error}") from error
    if any("\x00" in value for value in given.values()):
        raise not_valid("query", "has a NUL character")
    try:
        return msgspec.convert(
            {name.replace("-", "_"): value for name, value in given.items()}, operation.query, strict=False
        )
    except msgspec.ValidationError as error:
        raise not_fitting("query", error) from error


def answer_of(operation: Operation, value: Any) -> Answer:
    """What a handler returned, ready to be sent."""
    answer = value if isinstance(value, Answer) else Answer(value)
    if answer.stream is not None:
        return answer
    status = answer.status or operation.status
    raw = answer.raw
    if raw is None:
        raw = b"" if status == 204 else encode(answer.value)  # noqa: PLR2004 - no content
    return Answer(
        status=status,
        headers=answer.headers,
        raw=raw,
        content_type=answer.content_type,
        again_within=answer.again_within,
        unfinished=answer.unfinished,
    )


def refused(refusal: Refusal) -> Answer:
    """A refusal, ready to be sent."""
    return Answer(status=refusal.status, headers=refusal.headers, raw=refusal.body())
