"""From a home to the runtime of a process that runs flows in it."""

from __future__ import annotations

import logging
import os
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Protocol

from tidemill.api.embedded import Home, Recording, at_exit
from tidemill.engine.cancelling import notice
from tidemill.engine.leaving import notice_suspensions
from tidemill.engine.runtime import EngineSettings, Runtime
from tidemill.engine.slots import SlotDesk
from tidemill.engine.uncaught import tell_uncaught_without_ours
from tidemill.exceptions import RecordingError
from tidemill.results.defaults import keeper_of, key_of, storage_is_chosen
from tidemill.results.kept import Keeper
from tidemill.results.secret import KEY_BYTES
from tidemill.settings import get_current_settings
from tidemill.store.errors import StoreBrokenError, StoreUnavailableError, UnsuitablePlaceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tidemill.api.remote.own_records import OwnRecords
    from tidemill.domain.runs import RecordedCall
    from tidemill.results.store import ResultStore
    from tidemill.settings import Settings
    from tidemill.store.run_store import RunStore


logger = logging.getLogger("tidemill.journal")

_ADVICE: Final = ". Make it writable or name another folder with TIDEMILL_HOME"


class Opened(Protocol):
    """A home as far as a ledger needs it; a test's may be in memory."""

    path: Path

    @property
    def store(self) -> RunStore:
        """What it has recorded."""
        ...

    def tend(self) -> None:
        """Finish what dead processes left behind."""
        ...

    def run_token(self, root: str, epoch: int) -> str | None:
        """A token for processes that are started for a run; None where there is nobody to ask with it."""
        ...


class StoreLedger:
    """Answers the engine's questions from a store."""

    def __init__(self, home: Opened) -> None:
        self._home = home
        self.store = home.store
        self.is_here: bool = getattr(home, "store_is_here", True)

    @property
    def home(self) -> Path:
        """The folder that another process of this machine would open."""
        return self._home.path

    def recorded_calls(self, root: str) -> Iterable[RecordedCall]:
        """Everything that was recorded under a root run."""
        return self.store.recorded_calls(root)

    def recorded_here(self, root: str) -> list[RecordedCall] | None:
        """The same as this process itself has reported it; None where it does not know all of it."""
        here: OwnRecords | None = getattr(self._home, "own_records", None)
        return None if here is None else here.calls(root)

    def kept_result(self, run_id: str) -> str | None:
        """The result text of one recorded call."""
        here: OwnRecords | None = getattr(self._home, "own_records", None)
        kept = None if here is None else here.kept_result(run_id)
        return self.store.kept_result(run_id) if kept is None else kept

    def tend(self) -> None:
        """Finish what dead processes of this home left behind."""
        self._home.tend()

    def run_token(self, root: str, epoch: int) -> str | None:
        """A token for processes that this one starts for a run it holds; None where there is nobody to ask with it."""
        return self._home.run_token(root, epoch)

    def limited_tags(self, tags: list[str]) -> list[str]:
        """Which of these tags have a concurrency limit."""
        return self.store.limited([f"tag:{tag}" for tag in tags])


def runtime_of(home: Home, settings: EngineSettings) -> Runtime:
    """A runtime that records into a home."""
    from tidemill.logging.configuration import ensure_logging_setup  # noqa: PLC0415 - a room below, told that runs begin

    ensure_logging_setup()
    runtime = Runtime(
        clock=home.clock,
        recorder=home.recorder,
        ledger=StoreLedger(home),
        keeper=Keeper(os.urandom(KEY_BYTES)) if home.recording_nothing else keeper_of(home.path),
        settings=settings,
        new_store=partial(_store_in, home),
        slots=SlotDesk(
            home.store,
            home.clock,
            lambda: home.recorder.producer,
            bury_dead=home.tend,
        ),
    )
    home.recorder.at_each_beat(partial(notice_requests, runtime))
    return runtime


def notice_requests(runtime: Runtime) -> None:
    """Look whether somebody wants runs of this process to end or to leave it, and see to it."""
    notice(runtime)
    notice_suspensions(runtime)


def _store_in(home: Home) -> ResultStore:
    """Results go below this home, under its key, unless the settings name a folder for them."""
    from tidemill.filesystems import LocalFileSystem  # noqa: PLC0415 - most runs write no files
    from tidemill.results.store import ResultStore  # noqa: PLC0415 - as above

    place = None if storage_is_chosen() else LocalFileSystem(home.path / "storage")
    return ResultStore(result_storage=place, clock=home.clock, key=_key_of(home))


def open_process_runtime() -> Runtime:
    """The runtime of this process: its home opened, tended, and closed when the process ends."""
    settings = get_current_settings()
    if not settings.debug_mode:
        tell_uncaught_without_ours()
    return process_runtime_at(settings.home, engine_settings(settings))


@cache
def process_runtime_at(path: Path, settings: EngineSettings) -> Runtime:
    """The runtime of this process in a home; one each."""
    chosen = get_current_settings()
    home = home_to_record_in(path, chosen)
    runtime = runtime_of(home, settings)
    if chosen.client.metrics.enabled:
        from tidemill.api.metrics import offer_metrics  # noqa: PLC0415 - few processes are watched so

        offer_metrics(home.recorder.progress, chosen.client.metrics.port)

    def close() -> None:
        from tidemill.engine.held_up import end_held_up  # noqa: PLC0415 - loaded already, where runs were run

        end_held_up(runtime)
        home.close()

    at_exit(close)
    return runtime


def home_to_record_in(path: Path, settings: Settings) -> Home:
    """The home at ``path``, opened to run flows as the settings say.

    Where its disk is full or it cannot be written: raises RecordingError, or gives a home that records nothing, as was
    chosen. A database that is refused for what it is (damaged, foreign, newer) is refused always.
    """
    recording = Recording(
        lease_seconds=settings.lease_seconds,
        beat_seconds=settings.beat_seconds,
        roll_bytes=settings.journal.roll_bytes,
        keep_seconds=settings.journal.keep_seconds,
        without_if_need_be=settings.on_storage_failure == "continue",
    )
    try:
        if settings.api.url is not None:
            return _at_server(path, settings.api.url, settings, recording)
        return Home(path, recording=recording)
    except (OSError, StoreUnavailableError, StoreBrokenError, UnsuitablePlaceError) as error:
        message = f"The home {path} cannot be used: {error}"
        if not recording.without_if_need_be:
            advice = "" if isinstance(error, UnsuitablePlaceError) else _ADVICE
            raise RecordingError(f"{message}{advice}") from error
        return _unrecorded(path, message)


def _at_server(path: Path, url: str, settings: Settings, recording: Recording) -> Home:
    from tidemill.api.remote.home import RemoteHome  # noqa: PLC0415 - most processes record into a home of their own
    from tidemill.api.remote.login import login_of  # noqa: PLC0415 - as above

    if not url.rstrip("/").endswith("/api") and not settings.silence_api_url_misconfiguration:
        logger.warning(
            "TIDEMILL_API_URL is %s; a server's API mostly ends in /api, as in http://127.0.0.1:4200/api", url
        )
    return RemoteHome(path, url, recording=recording, login=login_of(settings))


def _unrecorded(path: Path, message: str) -> Home:
    from tidemill.api.unrecorded import UnrecordedHome  # noqa: PLC0415 - few homes are unusable
    from tidemill.logging.configuration import ensure_logging_setup  # noqa: PLC0415 - as in runtime_of

    ensure_logging_setup()
    logger.error("%s. Runs go on without being recorded, as chosen.", message)
    return UnrecordedHome(path)


def _key_of(home: Home) -> bytes:
    """The key that seals what is kept; what nobody records may have one that nobody else knows."""
    return os.urandom(KEY_BYTES) if home.recording_nothing else key_of(home.path)


def engine_settings(settings: Settings) -> EngineSettings:
    """What the engine goes by, of all settings."""
    return EngineSettings(
        durability=settings.durability,
        keep_results=settings.tasks.keep_results,
        kept_bytes=settings.tasks.kept_result_bytes,
        log_prints=settings.logging.log_prints,
    )
