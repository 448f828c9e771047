"""Kills a process at a named point, lets others find what it left, and gathers the evidence.

One warm process has everything imported; each life is a fork of it with its own fail points, so a kill costs
milliseconds. Life 1 runs the sample flow, each later life opens the home, notes what it finds, and goes on.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults import effects
from tests.faults.sample import sample
from tidemill.api.embedded import Home
from tidemill.domain.states import StateType
from tidemill.engine.continuing import continue_run
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings, use
from tidemill.system import failpoints

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = (
    "journal.before_write",
    "journal.after_write",
    "journal.before_sync",
    "journal.after_sync",
    "journal.extend",
    "store.before_commit",
    "store.after_commit",
    "secret.before_link",
)
NEVER = 10**9
LIFE_SECONDS = 60


@dataclass
class Life:
    """One process: where it was to die, how it ended, and what it saw when it came."""

    armed: str
    status: int = 0
    found: list[dict[str, Any]] = field(default_factory=list)
    found_tasks: list[dict[str, Any]] = field(default_factory=list)
    value: Any = None
    hits: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


@dataclass
class Evidence:
    """All that the checker may look at."""

    seed: int
    folder: Path
    lives: list[Life]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def effects(self) -> list[str]:
        return effects.lines_of(self.folder / "effects")

    def effects_of(self, life: int) -> list[str]:
        """What was noted in one life (counted from 0)."""
        lines = self.effects
        begin = lines.index(f"life {life}") if f"life {life}" in lines else len(lines)
        following = f"life {life + 1}"
        return lines[begin : lines.index(following) if following in lines else len(lines)]

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def live(kills: list[str], seed: int) -> Evidence:
    """Run the sample flow through these kills, each in a life of its own, and then to its end."""
    evidence = Evidence(seed, Path(tempfile.mkdtemp(prefix="tidemill-kill-")), [])
    for number, armed in enumerate([*kills, ""]):
        life = Life(armed)
        evidence.lives.append(life)
        report = evidence.folder / f"life-{number}.json"
        life.status = in_child(lambda number=number, report=report, armed=armed: _life(evidence, number, armed, report))
        if report.exists():
            vars(life).update(json.loads(report.read_text(encoding="utf-8")))
    return evidence


def in_child(work: Callable[[], None]) -> int:
    """Do something in a forked child; gives its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(LIFE_SECONDS)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _life(evidence: Evidence, number: int, armed: str, report: Path) -> None:
    os.environ[effects.VARIABLE] = str(evidence.folder / "effects")
    os.environ["TIDEMILL_HOME"] = str(evidence.home)
    if evidence.seed % 4 == 3:
        os.environ["TIDEMILL_PORTABLE"] = "1"
    told: dict[str, Any] = {"warnings": []}
    effects.note(f"life {number}")
    failpoints.arm(armed or ",".join(f"{point}:{NEVER}:kill" for point in POINTS))
    home = Home(evidence.home)
    told["found"] = [_seen(home.store, run) for run in home.store.find_flow_runs(limit=-1)]
    told["found_tasks"] = [
        {"name": run.name, "type": run.state_type, "kept": home.store.kept_result(run.id) is not None}
        for run in home.store.find_task_runs(limit=-1)
        if run.child_flow_run_id is None
    ]
    _write(report, told)
    runtime = runtime_of(home, EngineSettings(durability="disk" if evidence.seed % 2 else "process"))
    use(runtime)
    _listen(told["warnings"])
    told["value"] = _go_on(home, runtime, evidence.seed)
    home.close()
    told["hits"] = {point: each.seen for point, each in failpoints._armed.items()}
    _write(report, told)


def _listen(warnings: list[str]) -> None:
    """Take the warnings of this process as they come, in place of the terminal."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            warnings.append(record.getMessage())

    logger = logging.getLogger("tidemill")
    logger.handlers = [Listener(logging.WARNING)]
    logger.propagate = False


def _write(report: Path, told: dict[str, Any]) -> None:
    draft = report.with_suffix(".draft")
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(report)


def _seen(store: Any, run: Any) -> dict[str, Any]:
    return {"id": run.id, "name": run.name, "type": run.state_type, "epoch": run.epoch, "root": run.root_flow_run_id}


def _go_on(home: Home, runtime: Any, seed: int) -> Any:
    roots = [run for run in home.store.find_flow_runs(limit=-1) if not run.is_subflow_run]
    if not roots:
        return sample(seed)
    (root,) = roots
    if root.state_type is StateType.COMPLETED:
        return runtime.keeper.load(home.store.kept_result(root.id))
    return continue_run(sample, root, home, runtime, retry=root.state_type is StateType.FAILED).result()


def baseline(seed: int) -> Evidence:
    """The same flow, left in peace."""
    evidence = live([], seed)
    life = evidence.lives[0]
    if life.status:
        raise RuntimeError(f"the sample flow does not run with seed {seed}: exit code {life.status}")
    return evidence


def all_kills(hits: dict[str, int], seed: int) -> list[list[str]]:
    """Every place where the sample flow can be killed; for odd ones also a second death while going on."""
    rng = random.Random(seed)
    kills = []
    for point, times in sorted(hits.items()):
        for nth in range(1, times + 1):
            first = f"{point}:{nth}:kill"
            second = f"{rng.choice(POINTS[:-1])}:{rng.randint(1, 12)}:kill"
            kills.append([first] if nth % 3 else [first, second])
    return kills


def elapsed() -> float:
    """Seconds on a clock of the test's own."""
    return time.perf_counter()


with contextlib.suppress(ImportError):  # what the first run would load
    import apsw  # noqa: F401
    import cloudpickle  # noqa: F401
    import pydantic  # noqa: F401
