"""Who a process is, so that another can tell whether it still lives, and what a forked child must forget."""

from __future__ import annotations

import contextlib
import os
import sys
import weakref
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from tidemill.system.files import portable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import MethodType


class ProcessIdentity(msgspec.Struct, frozen=True):
    """One process among all that ever ran: a pid alone is soon used again.

    ``boot`` and ``started`` are texts to compare, not to read; "" where the platform does not say. ``namespace`` tells
    containers apart that share a host name and a kernel.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str


def current_identity() -> ProcessIdentity:
    """Who this process is."""
    return _identity_of(os.getpid())


@cache
def _identity_of(pid: int) -> ProcessIdentity:
    return ProcessIdentity(hostname(), boot_id(), _pid_namespace(), pid, start_time(pid) or "")


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether the process still runs. True where that cannot be judged from here; its lease will tell.

    Cannot be judged: another host, another container, or, where start times are not told, a pid in use again.
    """
    if identity.host != hostname():
        return True
    if identity.boot != boot_id():
        return False
    if identity.namespace != _pid_namespace():
        return True
    started = start_time(identity.pid)
    return started is not None and (not identity.started or not started or started == identity.started)


def hostname() -> str:
    """The machine's name, as it calls itself."""
    if sys.platform == "win32" or not hasattr(os, "uname"):
        return os.environ.get("COMPUTERNAME", "")
    return os.uname().nodename


@cache
def boot_id() -> str:
    """A text that differs from one start of the machine to the next; "" where there is none."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


def _pid_namespace() -> str:
    with contextlib.suppress(OSError):
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    return ""


def start_time(pid: int) -> str | None:
    """When the process began, as a text to compare; None if there is no such process, "" if nobody says when."""
    if sys.platform == "win32":
        return _start_time_windows(pid)
    if sys.platform == "linux" and not portable():
        return _start_time_proc(pid)
    return _start_time_unknown(pid)


def _start_time_proc(pid: int) -> str | None:
    try:
        raw = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return _start_time_unknown(pid)  # no such process; or /proc is not there, or does not show everybody's
    state, *fields = raw[raw.rindex(b")") + 2 :].split()  # the name before it may hold blanks and brackets
    return None if state in {b"Z", b"X"} else fields[18].decode("ascii")


def _start_time_unknown(pid: int) -> str | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""  # somebody else's, so it exists
    return ""


def _start_time_windows(pid: int) -> str | None:
    import ctypes  # noqa: PLC0415  # heavy, and needed on Windows only

    kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    query_limited, access_denied, still_active = 0x1000, 5, 259
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query_limited, False, pid)
    if not handle:
        return "" if ctypes.get_last_error() == access_denied else None  # type: ignore[attr-defined,unused-ignore]
    try:
        code, times = ctypes.c_ulong(), [ctypes.c_ulonglong() for _ in range(4)]
        kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
        kernel.GetProcessTimes(ctypes.c_void_p(handle), *map(ctypes.byref, times))
        return str(times[0].value) if code.value == still_active else None
    finally:
        kernel.CloseHandle(ctypes.c_void_p(handle))


_in_child: dict[weakref.ref[Any], Callable[[Any], None]] = {}


def call_in_forked_child(method: Callable[[], None]) -> None:
    """Have a bound method called in every child that this process forks, for as long as its object lives.

    One method an object. It runs before anything else in the child and must take no lock: whoever held one is not
    there any more.
    """
    bound = cast("MethodType", method)
    # the callback needs no global name: it may come when the interpreter is being taken down
    _in_child[weakref.ref(bound.__self__, _in_child.pop)] = bound.__func__


class KeptFromForks(Protocol):
    """Something that a forked child must not find in use."""

    def before_fork(self) -> None:
        """In the thread that forks: see to it that nothing of it is in use."""

    def after_fork(self) -> None:
        """In the same thread of the parent, and in the child: it may be used again."""


_kept: weakref.WeakSet[KeptFromForks] = weakref.WeakSet()
_held_back: list[KeptFromForks] = []


def keep_from_forks(thing: KeptFromForks) -> None:
    """Have it told before and after each fork of this process, for as long as it lives."""
    _kept.add(thing)


def _before_fork() -> None:
    for thing in list(_kept):
        thing.before_fork()
        _held_back.append(thing)


def _after_fork_in_parent() -> None:
    while _held_back:
        _held_back.pop().after_fork()


def _after_fork() -> None:
    _after_fork_in_parent()
    for owner, function in list(_in_child.items()):
        if (living := owner()) is not None:
            function(living)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork)
