"""From a home to the runtime of a process that runs flows in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tidemill.api.embedded import Home, at_exit
from tidemill.domain.states import StateType
from tidemill.domain.runs import RecordedCall
from tidemill.engine.runtime import EngineSettings, Runtime
from tidemill.results.defaults import default_home, keeper_of, key_of, storage_is_chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidemill.results.store import ResultStore
    from tidemill.store.sqlite.store import SqliteStore


class StoreLedger:
    """Answers the engine's questions from a store."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def recorded_calls(self, root: str) -> Iterable[RecordedCall]:
        """Everything that was recorded under a root run."""
        return self._store.recorded_calls(root)

    def kept_result(self, run_id: str) -> str | None:
        """The result text of one recorded call."""
        return self._store.kept_result(run_id)

    def limited_tags(self, tags: list[str]) -> list[str]:
        """Which of these tags have a concurrency limit."""
        return self._store.limited([f"tag:{tag}" for tag in tags])


def runtime_of(home: Home, settings: EngineSettings) -> Runtime:
    """A runtime that records into a home."""
    return Runtime(
        clock=home.clock,
        recorder=home.recorder,
        ledger=StoreLedger(home.store),
        keeper=keeper_of(home.path),
        settings=settings,
        new_store=partial(_store_in, home),
    )


def _store_in(home: Home) -> ResultStore:
    """Results go below this home, under its key, unless the settings name a folder for them."""
    from tidemill.filesystems import LocalFileSystem  # noqa: PLC0415 - most runs write no files
    from tidemill.results.store import ResultStore  # noqa: PLC0415 - as above

    place = None if storage_is_chosen() else LocalFileSystem(home.path / "storage")
    return ResultStore(result_storage=place, clock=home.clock, key=key_of(home.path))


def open_process_runtime() -> Runtime:
    """The runtime of this process: its home opened, tended, and closed when the process ends."""
    home = Home(default_home())
    at_exit(home.close)
    return runtime_of(home, EngineSettings())
