"""The store and the persistence that hold for the code that runs now."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tidemill.results.defaults import get_default_persist_setting_for_tasks
from tidemill.results.here import Said, run_here, said, said_in
from tidemill.results.store import ResultStore

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def result_context(store: ResultStore | None = None, *, persist: bool | None = None) -> Iterator[None]:
    """What `get_result_store` and `should_persist_result` answer within, and what runs made within start from.

    None leaves them as they are. A run inside answers by its own options.
    """
    run = run_here()
    outer = said_in(run)
    if outer is not None:
        store, persist = store or outer.store, outer.persist if persist is None else persist
    token = said.set(Said(store, persist, run))
    try:
        yield
    finally:
        said.reset(token)


def get_result_store() -> ResultStore:
    """The store of the run that is going on, else one with the defaults of the settings."""
    run = run_here()
    explicit = said_in(run)
    if explicit is not None and explicit.store is not None:
        return explicit.store
    return run.store() if run is not None else ResultStore()


def should_persist_result() -> bool:
    """Whether the run that is going on writes its result to storage, else what the settings say for tasks."""
    run = run_here()
    explicit = said_in(run)
    if explicit is not None and explicit.persist is not None:
        return explicit.persist
    return run.persist_result if run is not None else get_default_persist_setting_for_tasks()
