"""Whether a folder is on a network: SQLite's locks and shared memory cannot be trusted there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from tidemill.store.errors import UnsuitablePlaceError

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "afs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
        "fuse.sshfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs",
    }
)  # fmt: skip
_MOUNTS: Final = Path("/proc/self/mountinfo")


def refuse_network(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Refuse a folder on a network file system. Where the machine does not tell (not Linux), every folder passes."""
    kind = file_system_of(folder, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise UnsuitablePlaceError(
            f"{folder} is on a network file system ({kind}), where a database can be corrupted by two machines. "
            "Choose a local folder with TIDEMILL_HOME"
        )


def file_system_of(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the file system a folder is on, as the kernel names it; None where it does not tell."""
    device = folder.stat().st_dev
    if sys.platform == "win32" or not hasattr(os, "major"):
        return None
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split(" ", 3)[2] == wanted:
            return after.split(" ", 1)[0]
    return None
