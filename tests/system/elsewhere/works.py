"""Runs what a user runs, on what is left: ``works.py windows|macos [die | a command of tidemill's]``.

Without more words it prints what came out as JSON.
"""
# ruff: noqa: E402 - what is missing must be missing before the rest is imported

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import lacking

{"windows": lacking.like_windows, "macos": lacking.like_macos}[sys.argv[1]]()

import asyncio
import json
import os
import threading
import warnings

warnings.simplefilter("error")

from tidemill import flow, task
from tidemill.cache_policies import INPUTS
from tidemill.cli.main import main
from tidemill.locking.filesystem import FileSystemLockManager
from tidemill.process_runner import ProcessPoolTaskRunner
from tidemill.states import State
from tidemill.system.alarms import has_timer
from tidemill.system.files import can_reserve, portable
from tidemill.system.processes import current_identity, is_alive


@task(retries=1, persist_result=True, cache_policy=INPUTS, log_prints=True)
def doubled(n: int) -> int:
    print("doubling", n)
    return 2 * n


@task(timeout_seconds=0.05)
def endless() -> None:
    ever = threading.Event()
    while True:
        ever.wait(0.002)


@task(isolated=True)
def far(n: int) -> int:
    return n + 1


@flow(persist_result=True)
def sums(n: int) -> int:
    return sum(doubled.map(range(n)).result()) + far(1)


@flow(timeout_seconds=0.05)
def late() -> None:
    ever = threading.Event()
    while True:
        ever.wait(0.002)


@flow
async def awaited() -> int:
    return await asyncio.to_thread(int, "3") + doubled(2)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def elsewhere() -> int:
    return doubled.submit(21).result()


@flow
def dies() -> None:
    doubled(1)
    os._exit(9)


def outcome() -> dict[str, object]:
    with_lock = FileSystemLockManager(Path("locks"))
    taken = with_lock.acquire_lock("k", "me"), with_lock.acquire_lock("k", "you", acquire_timeout=0)
    states: list[State] = [late(return_state=True), endless(return_state=True)]
    return {
        "sums": sums(4),
        "awaited": asyncio.run(awaited()),
        "elsewhere": elsewhere(),
        "late": [state.name for state in states],
        "locks": taken,
    }


def chosen() -> dict[str, object]:
    return {
        "portable": portable(),
        "timer": has_timer(),
        "reserves": can_reserve(),
        "alive": is_alive(current_identity()),
        "synced": bool(lacking.synced),
    }


if __name__ == "__main__":
    if sys.argv[2:] == ["die"]:
        dies()
    elif sys.argv[2:]:
        sys.argv[1:] = sys.argv[2:]
        main()
    else:
        print(json.dumps(outcome() | chosen()))
