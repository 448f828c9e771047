"""What a run needs of its surroundings, in one place: time, chance, the journal, the store's decisions.

One per process (``tidemill.api.embedded``), or one per test.
"""

from __future__ import annotations

import logging
import os
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tidemill.domain.entries import Entry, encode
from tidemill.domain.identity import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tidemill.domain.runs import RecordedCall
    from tidemill.engine.cancelling import Watch
    from tidemill.engine.slots import SlotDesk
    from tidemill.results.store import ResultStore
    from tidemill.settings.model import Settings
    from tidemill.store.run_store import RunStore
    from tidemill.system.clock import Clock

logger = logging.getLogger("tidemill.engine")


class Recorder(Protocol):
    """Where entries go: the journal of this process, or nowhere."""

    def append(self, kind: int, payload: bytes) -> int:
        """Write an entry; returns its sequence number."""
        ...

    def released(self, root: str) -> None:
        """A root run is over in this process."""
        ...

    def wait_durable(self, seq: int) -> None:
        """Wait until the entry is on the disk."""
        ...

    def wait_applied(self) -> None:
        """Wait until everything written so far is in the store."""
        ...

    def wait_applied_for(self, timeout: float | None) -> bool:
        """As ``wait_applied``; False where the store does not have it all after so many seconds."""
        ...


class Ledger(Protocol):
    """Questions that the store decides. ``store`` is the whole of it, for those who only read.

    ``is_here``: no server is asked, which might be away.
    """

    store: RunStore
    is_here: bool

    def recorded_calls(self, root: str) -> Iterable[RecordedCall]:
        """Everything that was recorded under a root run."""
        ...

    def recorded_here(self, root: str) -> list[RecordedCall] | None:
        """The same as this process itself has reported it; None where it does not know all of it."""
        ...

    def kept_result(self, run_id: str) -> str | None:
        """The result text of one recorded call."""
        ...

    @property
    def home(self) -> Path:
        """The folder that another process of this machine would open to record for the same runs."""
        ...

    def tend(self) -> None:
        """Finish what dead processes left behind."""
        ...

    def run_token(self, root: str, epoch: int) -> str | None:
        """A token for processes that this one starts for a run it holds; None where there is nobody to ask with it."""
        ...

    def limited_tags(self, tags: list[str]) -> list[str]:
        """Which of these tags have a concurrency limit."""
        ...


class Keeper(Protocol):
    """Turns small values into text that stands in the journal, and back."""

    def keep(self, value: Any, limit: int = ...) -> str | None:
        """The text, or ``None`` for what is too large or cannot be serialised."""
        ...

    def keep_exception(self, error: BaseException) -> str:
        """The text that stands for an exception, or for what it said."""
        ...

    def unpicklable_part(self, value: Any) -> str | None:
        """Which attribute of which object does not pickle; ``None`` for what is merely too large."""
        ...

    def load(self, text: str) -> Any:
        """The value; refused unless the text is one that this home wrote."""
        ...


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may choose about how runs are recorded. See ``tidemill.settings`` for defaults and reasons."""

    durability: str = "process"
    keep_results: bool = True
    kept_bytes: int = 64 * 1024
    log_prints: bool = False


def _by_chance() -> float:
    from random import random  # noqa: PLC0415 - only retries whose delays are spread need it

    return random()  # noqa: S311 - jitter, not secrets


class Runtime:
    """Surroundings of the runs of this process."""

    def __init__(
        self,
        *,
        clock: Clock,
        recorder: Recorder,
        ledger: Ledger,
        keeper: Keeper,
        settings: EngineSettings | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
        chance: Callable[[], float] | None = None,
        new_store: Callable[[], ResultStore] | None = None,
        slots: SlotDesk | None = None,
    ) -> None:
        self.clock = clock
        self.recorder = recorder
        self.ledger = ledger
        self.keeper = keeper
        self.settings = settings or EngineSettings()
        self.entropy = entropy
        self.chance = chance or _by_chance
        self._new_store = new_store
        self.chosen = _settings_source()
        self.slots = slots
        self.counting = Lock()
        self.watched: dict[str, Watch] = {}
        self.waits_for_disk = self.settings.durability == "disk"

    def new_id(self) -> str:
        """A fresh time-ordered id."""
        return uuid7(self.clock.now_us(), self.entropy(10))

    def new_store(self) -> ResultStore:
        """A result store with the defaults of this home and of the settings."""
        if self._new_store is not None:
            return self._new_store()
        from tidemill.results.store import ResultStore  # noqa: PLC0415 - most runs write no files

        return ResultStore(clock=self.clock)

    def recorded(self, root: str) -> list[RecordedCall]:
        """Everything recorded under a root run, what this process has just written included."""
        self.recorder.wait_applied()
        return list(self.ledger.recorded_calls(root))

    def record(self, entry: Entry) -> int:
        """Append an entry; returns its sequence number. Text that JSON cannot carry is made harmless first."""
        try:
            payload = encode(entry)
        except (UnicodeEncodeError, TypeError, ValueError):
            payload = encode(_harmless(entry))
        return self.recorder.append(entry.kind, payload)


def _settings_source() -> Callable[[], Settings]:
    from tidemill.settings.context import get_current_settings  # noqa: PLC0415 - needed once there are runs

    return get_current_settings


def _harmless(entry: Entry) -> list[Any]:
    return [_harmless_value(value) for value in msgspec.structs.astuple(entry)]


def _harmless_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {str(_harmless_value(str(key))): _harmless_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless_value(item) for item in value]
    try:
        encode(value)
    except (UnicodeEncodeError, TypeError, ValueError):
        return _harmless_value(repr(value))
    return value


_override: ContextVar[Runtime | None] = ContextVar("tidemill_runtime", default=None)
_process: list[Runtime] = []
_opening = Lock()


def use(runtime: Runtime | None) -> Any:
    """Make ``runtime`` the one for runs started from here; returns a token for ``stop_using``."""
    return _override.set(runtime)


def stop_using(token: Any) -> None:
    """Undo one ``use``."""
    _override.reset(token)


def opened() -> Runtime | None:
    """As ``runtime``, as far as there is one by now."""
    return _override.get() or (_process[0] if _process else None)


def runtime() -> Runtime:
    """The runtime for a run started here: a test's own, else the process's, opened at first need."""
    chosen = _override.get()
    if chosen is not None:
        return chosen
    if not _process:
        from tidemill.engine.opening import open_process_runtime  # noqa: PLC0415 - loads the store, opens files

        with _opening:
            if not _process:
                _process.append(open_process_runtime())
    return _process[0]


def replace_process_runtime(other: Runtime | None) -> Runtime | None:
    """Make ``other`` the process's runtime, for every thread; gives the one that was it, which is not closed."""
    with _opening:
        before = _process[0] if _process else None
        _process[:] = [other] if other is not None else []
    return before
