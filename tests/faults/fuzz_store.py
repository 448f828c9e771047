"""Entries that no tidemill would write, offered to a store: refused with a reason of ours, or kept out; none harms it."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from tests.faults import nasty
from tests.store.conformance.story import NOW, Story, an_id, ended, line, started
from tidemill.domain.entries import ENTRY_TYPES, Batch, encode
from tidemill.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@cache
def known() -> SqliteStore:
    """One store for all seeds: what is left of one is there for the next."""
    store = SqliteStore.in_memory()
    story = Story(store, "honest").alive()
    run = story.running("run")
    story.tell(started("a", run), line(run, "hello"), ended("a", run))
    return store


def complaints(seed: int, _folder: Path) -> Iterator[str]:
    chance = random.Random(seed)
    store = known()
    before = store.read_flow_run(an_id("run"))
    payloads = [_entry(chance) for _ in range(chance.randint(1, 4))]
    roots = {an_id("run"): chance.choice([0, 1, 1, 2])} if chance.random() < 0.7 else {}
    batch = Batch(f"forger-{seed}", 1, len(payloads), payloads, roots)
    try:
        if store.apply(batch) != batch.last_seq:
            yield f"entries were left out: {payloads!r:.300}"
    except Exception as error:
        yield f"{type(error).__name__}: {error} for {payloads!r:.300}"
    try:
        after = store.read_flow_run(before.id)
        list(store.recorded_calls(before.id))
        store.find_flow_runs()
        store.find_task_runs()
        store.read_logs()
        store.late_reports()
        if after.created != before.created:
            yield "a run that exists was made again"
    except Exception as error:
        yield f"afterwards the store could not be read: {type(error).__name__}: {error} after {payloads!r:.300}"
    if seed % 50 == 0:
        store.check()


def _entry(chance: random.Random) -> tuple[int, bytes]:
    kind = chance.choice([*ENTRY_TYPES, *ENTRY_TYPES, 0, 9, 255])
    how = chance.randrange(4)
    if how == 0:
        return kind, chance.randbytes(chance.randint(0, 40))
    fields: list[Any] = [_plausible(name, chance) for name in ENTRY_TYPES.get(kind, ENTRY_TYPES[7]).__struct_fields__]
    if how == 1:
        fields[chance.randrange(len(fields))] = _json(chance)
    elif how == 2:
        del fields[chance.randrange(len(fields)) :]
    raw = encode(fields)
    return kind, nasty.damaged(raw, chance) if chance.random() < 0.2 else raw


def _plausible(name: str, chance: random.Random) -> Any:
    if name in {"root", "flow_run_id"}:
        return an_id(chance.choice(["run", "run", "another"]))
    if name.endswith("_us"):
        return NOW
    if name in {"ordinal", "run_count", "level", "epoch", "flow_run_run_count"}:
        return chance.choice([0, 1, 1, 2, 5])
    if name in {"id", "flow_id", "state_id", "task_run_id"}:
        return an_id(chance.choice(["a", "b", str(chance.random())]))
    if name == "type":
        return chance.choice(["RUNNING", "COMPLETED", "FAILED", "NOPE"])
    if name in {"tags"}:
        return ["one"]
    if name in {"inputs", "parameters", "details"}:
        return {}
    if name.startswith("parent") or name in {"result", "deployment_id", "child_flow_run_id", "kept_parameters"}:
        return None
    return name


def _json(chance: random.Random) -> Any:
    """A nasty value as far as JSON has it, and else a text."""
    value = nasty.value(chance)
    try:
        encode(value)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        return chance.choice(["", "\x00", "\u202e", "{", "x" * 5000])
    return value
