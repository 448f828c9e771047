"""The store and the persistence that hold for the code that runs now."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from tidemill.results.defaults import get_default_persist_setting
from tidemill.results.store import ResultStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_store: ContextVar[ResultStore | None] = ContextVar("tidemill_result_store", default=None)
_persist: ContextVar[bool | None] = ContextVar("tidemill_persist_result", default=None)


@contextmanager
def result_context(store: ResultStore | None = None, *, persist: bool | None = None) -> Iterator[None]:
    """What `get_result_store` and `should_persist_result` answer within; None leaves them as they are."""
    store_token = _store.set(store) if store is not None else None
    persist_token = _persist.set(persist) if persist is not None else None
    try:
        yield
    finally:
        if persist_token is not None:
            _persist.reset(persist_token)
        if store_token is not None:
            _store.reset(store_token)


def get_result_store() -> ResultStore:
    """The store of the run that is going on, else one with the defaults of the settings."""
    return _store.get() or ResultStore()


def should_persist_result() -> bool:
    """Whether the run that is going on writes its result to storage, else what the settings say."""
    said = _persist.get()
    return get_default_persist_setting() if said is None else said
