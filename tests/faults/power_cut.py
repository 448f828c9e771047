"""The power goes while SQLite writes: what was not synced is gone, in part, or torn.

A VFS under the real SQLite remembers what each file would hold if the machine stopped now: the synced bytes, and some
of the writes since, by the seed's choice, each whole, torn at a sector, or lost. At the seeded moment every further call
fails. The checker opens what is left and looks for every batch that was acknowledged.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path

import apsw

from tests.store.conformance.story import SECOND, Story, an_id, ended, line, started, state
from tidemill.domain.runs import any_of
from tidemill.store.sqlite.connections import WalSizes, open_file
from tidemill.store.sqlite.store import SqliteStore

SECTOR = 512
_names = count()


class PowerCut(Exception):
    """The machine is off."""


class Disk:
    """What survives, for each file."""

    def __init__(self, chance: random.Random, calls_left: int) -> None:
        self.chance = chance
        self.calls_left = calls_left
        self.safe: dict[str, bytearray] = {}
        self.pending: dict[str, list[tuple[int, bytes | None]]] = {}

    @property
    def off(self) -> bool:
        return self.calls_left <= 0

    def call(self) -> None:
        self.calls_left -= 1
        if self.off:
            raise PowerCut

    def know(self, name: str) -> None:
        if name not in self.safe:
            self.safe[name] = bytearray(Path(name).read_bytes())
            self.pending[name] = []

    def sync(self, name: str) -> None:
        for offset, data in self.pending[name]:
            self._keep(self.safe[name], offset, data)
        self.pending[name] = []

    def remains(self, name: str) -> bytes:
        image = bytearray(self.safe[name])
        for offset, data in self.pending[name]:
            fate = self.chance.random()
            if fate < 0.4:
                self._keep(image, offset, data)
            elif fate < 0.6 and data is not None:
                self._keep(image, offset, data[: self.chance.randrange(0, len(data) + 1, min(SECTOR, len(data)))])
        return bytes(image)

    @staticmethod
    def _keep(image: bytearray, offset: int, data: bytes | None) -> None:
        if data is None:
            del image[offset:]
            return
        if len(image) < offset:
            image.extend(bytes(offset - len(image)))
        image[offset : offset + len(data)] = data


class DiskFile(apsw.VFSFile):
    """A file on the disk; reads see everything written, as they do on a real machine."""

    def __init__(self, disk: Disk, name: str, filename, flags) -> None:
        super().__init__("", filename, flags)
        self.disk = disk
        self.name = name
        disk.know(name)

    def xWrite(self, data: bytes, offset: int) -> None:
        self.disk.call()
        self.disk.pending[self.name].append((offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self.disk.call()
        self.disk.pending[self.name].append((size, None))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.disk.call()
        self.disk.sync(self.name)  # no need to bother the real disk


class DiskVFS(apsw.VFS):
    """Hands out files of the disk; what SQLite throws away at the end anyway is not followed."""

    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "")
        self.disk = disk

    def xOpen(self, filename, flags):
        name = filename.filename() if isinstance(filename, apsw.URIFilename) else filename
        if name is None or not name.endswith((".db", "-wal")):
            return super().xOpen(filename, flags)
        return DiskFile(self.disk, name, filename, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:
        self.disk.call()
        super().xDelete(name, sync_folder)


def cut_once(seed: int, folder: Path) -> int:
    """Write until the power goes, come back, and check. Returns how many batches had been acknowledged."""
    chance = random.Random(seed)
    path = folder / "home" / "tidemill.db"
    SqliteStore.open(path).close()
    disk = Disk(chance, calls_left=chance.choice([chance.randrange(1, 40), chance.randrange(1, 600)]))
    name = f"disk-{next(_names)}"
    vfs = DiskVFS(name, disk)

    acknowledged, told = _write_until_off(path, name, chance)
    after = folder / "after"
    after.mkdir()
    for name in disk.safe:
        (after / Path(name).name).write_bytes(disk.remains(name))

    vfs.unregister()
    _check(after / "tidemill.db", acknowledged, told, seed)
    return len(acknowledged)


def _write_until_off(path: Path, vfs: str, chance: random.Random) -> tuple[list[int], list[list[str]]]:
    """Batches until the disk stops. Returns the sequence numbers that were acknowledged, and each batch's task runs."""
    acknowledged: list[int] = []
    told: list[list[str]] = []
    connections = None
    with suppress(PowerCut):
        connections = open_file(path, vfs=vfs, wal=WalSizes(checkpoint=chance.choice([40_000, 400_000, 16_000_000])))
        store = SqliteStore(connections)
        story = Story(store)
        run = an_id("run")
        told.append([])
        story.running("run")
        acknowledged.append(story.seq)
        for number in range(400):
            tasks = [f"{number}.{k}" for k in range(chance.choice([1, 3, 30]))]
            told.append(tasks)
            story.tell(
                *(
                    e
                    for task in tasks
                    for e in (started(run, task), ended(run, task, result="r" * chance.randrange(2000)))
                ),
                *([line(run, "said")] * chance.randrange(3)),
                state(run, "RUNNING", at=number * SECOND),
            )
            acknowledged.append(story.seq)
    if connections is not None:
        with suppress(PowerCut):
            connections.close()
    return acknowledged, told


def _check(path: Path, acknowledged: list[int], told: list[list[str]], seed: int) -> None:
    with SqliteStore.open(path) as store:
        store.check()
        producer = store.read_producer("producer-1")
        applied = producer.applied_seq if producer else 0
        assert applied >= max(acknowledged, default=0), f"seed {seed}: applied {applied}, told {acknowledged[-1:]}"
        # the batch that was under way is there whole, or not at all
        whole = len(acknowledged) + (applied > max(acknowledged, default=0))
        expected = {an_id(task) for tasks in told[:whole] for task in tasks}
        found = {run.id for run in store.find_task_runs([any_of("state_type", "COMPLETED")], limit=-1)}
        assert found == expected, f"seed {seed}: {len(expected - found)} missing, {len(found - expected)} too many"


def run_power_cuts(cuts: int, first_seed: int = 0) -> None:
    """So many cuts, each by a seed of its own; the first that breaks the promise is named in the error."""
    for seed in range(first_seed, first_seed + cuts):
        folder = Path(tempfile.mkdtemp(prefix="power-cut-"))
        try:
            cut_once(seed, folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    run_power_cuts(int(sys.argv[1]))
    print(f"{sys.argv[1]} power cuts, nothing acknowledged was lost")
