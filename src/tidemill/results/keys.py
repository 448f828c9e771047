"""Names of result files that people can read: what it is, when it was made, and enough chance to be unique."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tidemill.domain.states import from_us
from tidemill.system.clock import Clock, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAME_LENGTH = 60
#: Less than file systems allow (255 and some 4,000), for locks and drafts beside the file have longer names.
_PART_BYTES = 200
_PATH_BYTES = 1000

_run: ContextVar[dict[str, Any] | None] = ContextVar("tidemill_result_naming", default=None)


def DEFAULT_STORAGE_KEY_FN() -> str:  # noqa: N802 - the contract's name
    """A fresh name that sorts by time, such as ``20260131T094502-5f0c9a1be27d``."""
    return fresh_key(None, SystemClock())


def fresh_key(name: str | None, clock: Clock) -> str:
    """A fresh name that begins with ``name``, made fit for a file, and sorts by time."""
    stamp = f"{from_us(clock.now_us()):%Y%m%dT%H%M%S}-{os.urandom(6).hex()}"
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", name or "").strip("-")[:_NAME_LENGTH]
    return f"{slug}-{stamp}" if slug else stamp


def fit_for_file(key: str) -> str:
    """The key itself, or its digest where no file could have that name: too long, with a NUL, or leading outside."""
    encoded = key.encode("utf-8", "surrogatepass")
    parts = encoded.split(b"/")
    fits = (
        len(encoded) <= _PATH_BYTES
        and all(len(part) <= _PART_BYTES for part in parts)
        and b"\0" not in encoded
        and not any(part == b".." or part.startswith(b"~") for part in parts)
        and any(part not in {b"", b"."} for part in parts)
        and not key.startswith("/")
        and not any("\ud800" <= sign <= "\udfff" for sign in key)
    )
    return key if fits else sha256(encoded).hexdigest()


def storage_key_fn_for(task: Any, clock: Clock) -> Callable[[], str]:
    """What names the results of a task: its own template, filled for the current run, else its name and a moment."""
    template = getattr(task, "result_storage_key", None)
    name = getattr(task, "name", None)
    if template is not None:
        return lambda: format_storage_key(str(template), **(_run.get() or {}))
    return lambda: fresh_key(name, clock)


@contextmanager
def naming(**run: Any) -> Iterator[None]:
    """What templates of keys may ask for within: ``parameters``, ``flow_run``, ``task_run``."""
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


def format_storage_key(template: str, **run: Any) -> str:
    """A task's ``result_storage_key`` filled in: ``{parameters[x]}``, ``{flow_run.name}``, ``{task_run.id}``.

    Raises ValueError naming what the template asks for and the run does not have.
    """
    try:
        return template.format(**run)
    except (KeyError, IndexError, AttributeError) as error:
        known = ", ".join(sorted(run)) or "nothing, since no run is going on"
        raise ValueError(
            f"result_storage_key {template!r} asks for {error}, which the run lacks; it has: {known}"
        ) from error
