"""Whoever holds a lease has it renewed, also if it came just when the renewing thread was about to end."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from tidemill.engine import slot_renewal
from tidemill.engine.slot_renewal import Renewal
from tidemill.system.clock import SystemClock


class HeldJustAfter(dict):
    """Somebody holds a lease right after it was said that nobody does."""

    def hold_and_watch(self, renewal, lease):
        self._then = lambda: (self.update(one=lease), renewal.watch(lease, 0))

    def __len__(self):
        said, then = super().__len__(), self.__dict__.pop("_then", None)
        if then is not None:
            then()
        return said


def test_a_lease_that_comes_while_the_thread_ends_is_renewed(monkeypatch):
    monkeypatch.setattr(slot_renewal, "_IDLE_SECONDS", 0.0)
    renewed = threading.Event()
    held = HeldJustAfter()
    lease = SimpleNamespace(renew_at=0.0, limits=["one"])

    def renew(lease):
        renewed.set()
        held.clear()
        return 1.0

    renewal = Renewal(held, SystemClock(), renew)
    held.hold_and_watch(renewal, lease)

    assert not renewal._wait()

    assert renewed.wait(10)
