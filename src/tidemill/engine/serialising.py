"""Parameters, as people and the API see them: JSON, whatever the values are."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Final

import msgspec

from tidemill.domain.json_depth import too_deep
from tidemill.showing import shown

#: Larger parameters are shown by type only; what a run resumes with is kept apart from what is shown.
SHOWN_BYTES: Final = 512 * 1024


def json_parameters(parameters: dict[str, Any]) -> msgspec.Raw:
    """The parameters as one JSON object; paths and models stand there as texts and
    objects, all else that JSON does not know as its ``repr``."""
    try:
        text = _encode(parameters)
    except (TypeError, ValueError, UnicodeEncodeError, RecursionError, OverflowError):
        text = _as_json({name: _shown(value) for name, value in parameters.items()})
    if len(text) > SHOWN_BYTES:
        text = _as_json({name: f"<{type(value).__name__}, too large to show>" for name, value in parameters.items()})
    return msgspec.Raw(text)


def _shown(value: Any) -> Any:
    try:
        return msgspec.Raw(_encode(value))
    except (TypeError, ValueError, UnicodeEncodeError, RecursionError, OverflowError):
        return _clipped(value)


def _clipped(value: Any) -> str:
    return shown(value, 1000).encode("utf-8", "backslashreplace").decode()


def _in_json(value: Any) -> Any:
    """What stands for a value of a type that JSON does not know."""
    if isinstance(value, PurePath) or hasattr(type(value), "get_secret_value"):  # a secret's text is stars
        return str(value)
    if hasattr(type(value), "model_dump"):
        try:
            return value.model_dump(mode="json")
        except Exception:  # noqa: BLE001 - a model that cannot be dumped is shown like any other object
            return _clipped(value)
    return _clipped(value)


def _encode(value: Any) -> bytes:
    text = _as_json(value)
    if too_deep(text):
        raise RecursionError("nested too deeply for the store")
    return text


_as_json = msgspec.json.Encoder(enc_hook=_in_json).encode
