"""Takes from this process what another system has not got, before tidemill is imported.

What is left is not that system: ``sys.platform`` says Linux where the machine is Linux (macOS is told by name, since its
way to sync is chosen by it). It shows that nothing is used without a look at whether it is there.
"""

from __future__ import annotations

import asyncio
import builtins
import ctypes  # noqa: F401 - it looks at the platform when it is imported
import io
import os
import signal
import sys
from concurrent.futures import process  # noqa: F401 - as ctypes
from multiprocessing import popen_fork

MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
OF_OS = (
    "O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC O_DSYNC chown confstr fchown fdatasync fork forkpty getegid "
    "geteuid getgid getgroups getloadavg getpgid getpgrp getsid getuid initgroups killpg lchown lockf major minor mkfifo "
    "mknod nice openpty pathconf posix_fadvise posix_fallocate posix_spawn pread preadv pwrite pwritev register_at_fork "
    "sched_yield sendfile setegid seteuid setgid setpgid setsid setuid sync "
    "sysconf tcgetpgrp ttyname uname wait wait3 wait4 waitid"
).split()
OF_SIGNAL = (
    "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPROF SIGQUIT "
    "SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ alarm getitimer pause "
    "pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait sigwaitinfo"
).split()
OF_WINDOWS = {signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGINT, signal.SIGSEGV, signal.SIGTERM}

synced: list[int] = []


class _Missing:
    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def like_windows() -> None:
    """No POSIX modules, no fork, no signals but the C library's, no event loop that takes them, no /proc."""
    sys.meta_path.insert(0, _Missing())
    for name in MODULES:
        sys.modules.pop(name, None)
    for name in OF_OS:
        if hasattr(os, name):
            delattr(os, name)
    for name in OF_SIGNAL:
        if hasattr(signal, name):
            delattr(signal, name)
    set_handler = signal.signal

    def only_these(number, handler):
        if number not in OF_WINDOWS:
            raise ValueError("invalid signal value")
        return set_handler(number, handler)

    signal.signal = only_these
    # a loop that does not take signals says so as the base of all loops does
    popen_fork.Popen.kill = popen_fork.Popen.terminate  # they are one there
    asyncio.SelectorEventLoop.add_signal_handler = asyncio.AbstractEventLoop.add_signal_handler
    asyncio.SelectorEventLoop.remove_signal_handler = asyncio.AbstractEventLoop.remove_signal_handler
    _without_proc()


def like_macos() -> None:
    """No /proc, no ``fdatasync``, no space reserved ahead, but a sync that reaches the disk's own cache."""
    import fcntl

    for name in ("O_DSYNC", "fdatasync", "posix_fadvise", "posix_fallocate"):
        if hasattr(os, name):
            delattr(os, name)
    plain, full = fcntl.fcntl, 51

    def control(fd, command, argument=0):
        if command != full:
            return plain(fd, command, argument)
        synced.append(fd)
        return os.fsync(fd)

    fcntl.fcntl, fcntl.F_FULLFSYNC = control, full
    sys.platform = "darwin"
    _without_proc()


def _without_proc() -> None:
    def guarded(function):
        def called(path, *args, **options):
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith("/proc/"):
                raise FileNotFoundError(2, "No such file or directory", os.fspath(path))
            return function(path, *args, **options)

        return called

    builtins.open = io.open = guarded(io.open)
    os.open, os.stat, os.listdir = guarded(os.open), guarded(os.stat), guarded(os.listdir)
