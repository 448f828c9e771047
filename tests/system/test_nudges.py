"""The signal that has the main thread look up, and its peace with other handlers."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from tidemill.system.nudges import Nudge

pytestmark = [
    pytest.mark.machine,
    pytest.mark.skipif(not hasattr(signal, "SIGURG"), reason="there is no such signal here"),
]


@pytest.fixture(autouse=True)
def as_before():
    before = signal.getsignal(signal.SIGURG)
    yield
    signal.signal(signal.SIGURG, before)


@pytest.fixture
def heard():
    return []


def test_a_thread_interrupts_the_main_thread_while_it_waits():
    class Enough(BaseException):
        pass

    def called():
        raise Enough

    nudge = Nudge(called)
    assert nudge.ready()
    never = threading.Lock()
    never.acquire()

    def wait():
        threading.Thread(target=nudge.send).start()
        never.acquire(timeout=60)

    with pytest.raises(Enough):
        wait()


def test_a_handler_that_was_there_is_called_too(heard):
    signal.signal(signal.SIGURG, lambda *_: heard.append("theirs"))
    nudge = Nudge(lambda: heard.append("ours"))
    nudge.ready()

    assert nudge.send()

    assert heard == ["theirs", "ours"]


def test_a_handler_that_comes_later_is_left_alone(heard):
    nudge = Nudge(lambda: heard.append("ours"))
    nudge.ready()

    def theirs(*_):
        heard.append("theirs")

    signal.signal(signal.SIGURG, theirs)

    assert nudge.ready()
    assert not nudge.send()
    assert signal.getsignal(signal.SIGURG) is theirs
    assert heard == []


def test_it_is_set_up_once_and_stays():
    nudge = Nudge(lambda: None)
    nudge.ready()
    there = signal.getsignal(signal.SIGURG)

    nudge.ready()

    assert signal.getsignal(signal.SIGURG) is there


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_child_has_the_handler_of_before():
    def theirs(*_):
        """Somebody's."""

    signal.signal(signal.SIGURG, theirs)
    nudge = Nudge(lambda: None)
    nudge.ready()

    child = os.fork()
    if child == 0:
        os._exit(0 if signal.getsignal(signal.SIGURG) is theirs and not nudge.send() else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert nudge.send()
