"""Counts who is inside."""

from __future__ import annotations

from threading import Lock


class Gauge:
    """How many are inside, and how many were at most."""

    def __init__(self):
        self.now = self.most = self.times = 0
        self._lock = Lock()

    def __enter__(self):
        with self._lock:
            self.now += 1
            self.times += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self._lock:
            self.now -= 1
