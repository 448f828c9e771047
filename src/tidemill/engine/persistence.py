"""Which results are written to files, where, and the reference that the journal holds in place of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tidemill.engine.context import FlowRunContext, current
from tidemill.results.here import answer_with, said_in

if TYPE_CHECKING:
    from tidemill.engine.context import RunContext
    from tidemill.engine.runtime import Runtime
    from tidemill.engine.workload import FlowWork, TaskWork
    from tidemill.results.store import ResultStore

answer_with(current)

#: What a reference begins with; no kept value does, since base64 has no such character.
_MARK: Final = "@"


def task_persists(task: TaskWork, parent: RunContext | None, runtime: Runtime) -> bool:
    """Whether a task run's result is written: its option, else what was said here, the tasks' setting, the parent's."""
    if task.persist_result is not None:
        return task.persist_result
    said = said_in(parent)
    if said is not None and said.persist is not None:
        return said.persist
    settings = runtime.chosen()
    for_tasks: bool | None = settings.tasks.default_persist_result
    if for_tasks is not None:
        return for_tasks
    return parent.persist_result if parent is not None else settings.results.persist_by_default


def flow_persists(flow: FlowWork, parent: RunContext | None, runtime: Runtime) -> bool:
    """Whether a flow run's result is written: its option, what was said around it, the parent's, the setting."""
    if flow.persist_result is not None:
        return flow.persist_result
    said = said_in(parent)
    if said is not None and said.persist is not None:
        return said.persist
    return parent.persist_result if parent is not None else runtime.chosen().results.persist_by_default


def said_store(work: Any, parent: RunContext | None) -> ResultStore | None:
    """The store for a run made where somebody named one with ``result_context``."""
    said = said_in(parent)
    if said is None or said.store is None:
        return None
    return _updated(said.store, work)


def store_for(context: RunContext) -> ResultStore:
    """The store of a run in progress."""
    work = context.flow if isinstance(context, FlowRunContext) else context.task  # type: ignore[attr-defined]
    return store_of(work, context.parent, context.runtime)


def store_of(work: Any, parent: RunContext | None, runtime: Runtime) -> ResultStore:
    """The store of a flow or task: that of the run around it, or the home's, with what its own options change."""
    return _updated(parent.store() if parent is not None else runtime.new_store(), work)


def _updated(store: ResultStore, work: Any) -> ResultStore:
    return store.update_for_task(work) if hasattr(work, "task_key") else store.update_for_flow(work)


def reference(store: ResultStore, key: str, runtime: Runtime) -> str | None:
    """The text that stands in the journal for a value written under a key. It is sealed, as values are."""
    basepath = getattr(store.metadata_storage or store.result_storage, "basepath", None)
    sealed = runtime.keeper.keep((key, basepath))
    return None if sealed is None else _MARK + sealed


def is_reference(text: str) -> bool:
    """Whether a text of the journal stands for a value in a file."""
    return text.startswith(_MARK)


def write(context: RunContext, value: Any, key: str) -> str | None:
    """Write a run's result under a key; gives its reference once the bytes are safe. Waits for the storage."""
    store = context.store()
    store.write(value, key)
    return reference(store, key, context.runtime)


def load(text: str, runtime: Runtime, store: ResultStore | None = None) -> Any:
    """The value that a text of the journal stands for, read from its file if it is a reference.

    ``store`` is where its run writes now. Raises MissingResult or SerializationError where the value is gone, or is not
    what was written.
    """
    if not is_reference(text):
        return runtime.keeper.load(text)
    key, basepath = runtime.keeper.load(text[1:])
    if store is None:
        store = runtime.new_store()
        if basepath is not None:
            from tidemill.filesystems import LocalFileSystem  # noqa: PLC0415 - only for results in files

            store.result_storage = LocalFileSystem(basepath)
    return store.read_recorded(key)
