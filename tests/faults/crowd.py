"""Many processes that start flows on one fresh home at the same moment: ``python -m tests.faults.crowd COUNT``.

Prints what did not hold, and a summary. Every process is a fork of one that has everything imported, and waits at a
gate, so that they really come at once.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.harness import elapsed, in_child
from tidemill import flow, task
from tidemill.api.embedded import Home

TASKS = 5


@task
def part(i: int) -> int:
    return i


@flow(flow_run_name="run {number}")
def one_of_many(number: int) -> int:
    return sum(part(i) for i in range(TASKS)) + sum(part.map(range(TASKS)).result())


def main(arguments: list[str]) -> int:
    count = int(arguments[0])
    folder = Path(tempfile.mkdtemp(prefix="tidemill-crowd-"))
    os.environ["TIDEMILL_HOME"] = str(folder / "home")
    began = elapsed()
    complaints = _all_at_once(count, folder) + _missing(count, folder / "home")
    for complaint in complaints[:20]:
        print("FAILED", complaint)
    print(f"processes={count} failures={len(complaints)} seconds={elapsed() - began:.1f}")
    if complaints:
        print(f"what they left: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _all_at_once(count: int, folder: Path) -> list[str]:
    gate, opener = os.pipe()
    pids = [_forked(number, gate, opener, folder) for number in range(count)]
    os.close(gate)
    os.close(opener)  # every child reads the end of the pipe now
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    complaints = [f"process {number} ended with {code}" for number, code in enumerate(codes) if code]
    told = [line for path in folder.glob("told-*") for line in path.read_text(encoding="utf-8").splitlines()]
    return complaints + [line for line in told if "| INFO " not in line]


def _forked(number: int, gate: int, opener: int, folder: Path) -> int:
    pid = os.fork()
    if pid == 0:
        os.close(opener)
        with (folder / f"told-{number}").open("w", encoding="utf-8") as told:
            os.dup2(told.fileno(), 2)
            os.read(gate, 1)
            os._exit(0 if in_child(lambda: _run(number)) == 0 else 1)
    return pid


def _run(number: int) -> None:
    home = Home(Path(os.environ["TIDEMILL_HOME"]))
    from tidemill.engine.opening import runtime_of
    from tidemill.engine.runtime import EngineSettings, use

    use(runtime_of(home, EngineSettings()))
    assert one_of_many(number) == TASKS * (TASKS - 1)
    if number % 3:
        home.close()  # the others end without a word; whoever comes next has to see to their journals


def _missing(count: int, path: Path) -> list[str]:
    home = Home(path)
    try:
        runs = home.store.find_flow_runs(limit=-1)
        tasks = home.store.count_task_runs()
        home.store.check()
        left = [producer for producer in home.store.producers_not_ended() if producer.id != home.recorder.producer]
    finally:
        home.close()
    complaints = []
    if sorted(run.name for run in runs) != sorted(f"run {number}" for number in range(count)):
        complaints.append(f"{len(runs)} runs are recorded, of {count}")
    complaints += [f"{run.name} is {run.state_name}" for run in runs if run.state_name != "Completed"]
    if tasks != {"COMPLETED": count * TASKS * 2}:
        complaints.append(f"task runs: {tasks}")
    if left:
        complaints.append(f"{len(left)} processes that are gone count as alive: {left[:2]}")
    return complaints


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
