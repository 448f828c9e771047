"""How log lines look: for people, and as JSON."""

from __future__ import annotations

import logging
import traceback
from types import NoneType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from tidemill.logging.records import complete

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ExceptionInfoType", "JsonFormatter", "TidemillFormatter", "format_exception_info"]

ExceptionInfoType = tuple[type[BaseException], BaseException, TracebackType | None]

_INTERNAL: Final = frozenset({"run_context"})


class TidemillFormatter(logging.Formatter):
    """A formatter with formats of their own for lines of flow runs and of task runs.

    ``task_run_fmt`` and ``flow_run_fmt`` default to ``format``. They may ask for ``flow_run_id``, ``flow_run_name``,
    ``flow_name``, ``task_run_id``, ``task_run_name`` and ``task_name``.
    """

    def __init__(
        self,
        format: str | None = None,  # noqa: A002 - the contract's name
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
        task_run_fmt: str | None = None,
        flow_run_fmt: str | None = None,
    ) -> None:
        super().__init__(format, datefmt, style, validate, defaults=defaults)
        self.flow_run_fmt = flow_run_fmt
        self.task_run_fmt = task_run_fmt
        self._flow_run_style = self._styled(flow_run_fmt, style, validate, defaults)
        self._task_run_style = self._styled(task_run_fmt, style, validate, defaults)
        self._second = -1
        self._second_text = ""

    def _styled(self, fmt: str | None, style: Any, validate: bool, defaults: Any) -> Any:
        if fmt is None:
            return self._style
        return logging.Formatter(fmt, self.datefmt, style, validate, defaults=defaults)._style  # noqa: SLF001 - stdlib has no other door

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        """The line, in the format for its kind of run."""
        complete(record)
        said = record.__dict__
        if said.get("task_run_id") is not None:
            return str(self._task_run_style.format(record))
        if said.get("flow_run_id") is not None:
            return str(self._flow_run_style.format(record))
        return self._style.format(record)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - as above
        """The time of the record; worked out once a second, since lines come thousands a second."""
        second = int(record.created)
        if datefmt is None:
            return super().formatTime(record, datefmt)
        if second != self._second:
            self._second_text = super().formatTime(record, datefmt)
            self._second = second
        return self._second_text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``default``, or ``pretty`` for people.

    ``serializer`` makes the line of what a record says. Anything with ``dumps``, from a dictionary to bytes, may stand
    there instead.
    """

    def __init__(
        self,
        fmt: Literal["pretty", "default"] = "default",
        dmft: str | None = None,  # noqa: ARG002 - the contract's; times are numbers here
        style: str = "%",  # noqa: ARG002 - the contract's; there is no format to style
    ) -> None:
        if fmt not in ("pretty", "default"):
            raise ValueError(f"expected 'fmt' to be 'pretty' or 'default', got {fmt!r}")
        super().__init__()
        self.serializer: Any = _Json(pretty=fmt == "pretty")

    def format(self, record: logging.LogRecord) -> str:
        """The record's attributes; what JSON does not know becomes text."""
        complete(record)
        said = {name: value for name, value in record.__dict__.items() if name not in _INTERNAL}
        said["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            said["exc_info"] = format_exception_info(record.exc_info)
        elif record.exc_info:
            said["exc_info"] = None
        line: bytes = self.serializer.dumps(said)
        return line.decode()


class _Json:
    """Writes whatever a record may say."""

    def __init__(self, *, pretty: bool) -> None:
        self._pretty = pretty

    def dumps(self, obj: dict[str, Any]) -> bytes:
        encoded = _json(obj)
        return msgspec.json.format(encoded, indent=2) if self._pretty else encoded


def _json(said: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(said, enc_hook=repr)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):  # keys that are not text, lone surrogates …
        shown = {
            name: value if isinstance(value, int | float | NoneType) else _plain(value) for name, value in said.items()
        }
        return msgspec.json.encode(shown)


def _plain(value: Any) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def format_exception_info(exc_info: Any) -> dict[str, Any]:
    """An exception as the JSON format has it: ``type``, ``message`` and ``traceback``."""
    kind, error, tb = exc_info
    return {"type": kind.__name__, "message": str(error), "traceback": "".join(traceback.format_tb(tb))}
