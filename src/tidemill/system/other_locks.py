"""The two kinds of lock do not see each other, so processes that share files must use the same kind: this finds out.

A process takes its own lock first and looks for the other kind afterwards. Of two that begin at once, at least one
sees the other. Nothing is written for it, so nothing is left behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tidemill.system.clock import Clock, SystemClock
from tidemill.system.files import can_lock_descriptors, portable
from tidemill.system.locks import DescriptorLock
from tidemill.system.named_holder import LOCK_SUFFIX, holder_of
from tidemill.system.processes import is_alive

if TYPE_CHECKING:
    from pathlib import Path

#: Others who look hold the lock for a moment, too.
_PATIENCE_SECONDS: Final = 0.5


def held_by_other_kind(path: Path, clock: Clock | None = None) -> str | None:
    """Who holds ``path`` by the kind of lock that this process does not use, in words; ``None`` if nobody does.

    A holder that cannot be judged from here, on another host, counts as alive.
    """
    if not portable():
        lock_path = path.with_name(f"{path.name}{LOCK_SUFFIX}")
        holder = holder_of(lock_path)
        if holder is None or not is_alive(holder.process):
            return None
        return f"process {holder.process.pid} on {holder.process.host} (it is named in {lock_path})"
    if not can_lock_descriptors() or not path.exists():
        return None
    lock = DescriptorLock(path, clock or SystemClock())
    try:
        if lock.acquire(_PATIENCE_SECONDS, create=False) or not path.exists():
            return None
    finally:
        lock.release()
    return f"a process (it holds {path})"


def forget_other_kind(path: Path) -> None:
    """Remove what a dead holder of the other kind left beside a file that this process has locked and looked at."""
    if not portable():
        path.with_name(f"{path.name}{LOCK_SUFFIX}").unlink(missing_ok=True)
