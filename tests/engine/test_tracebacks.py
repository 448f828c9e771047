"""What is logged of an error: the user's frames, and one line where a line says it all."""

from __future__ import annotations

import traceback
from contextlib import suppress
from pathlib import Path

import pytest

import tidemill
from tidemill import flow, task
from tidemill.engine.tracebacks import worth_showing
from tidemill.system.frames import without_ours

OURS = str(Path(tidemill.__file__).parent)


def fall():
    raise ValueError("boom")


@task
def falling():
    fall()


@flow
def in_a_task():
    falling()


@flow
def in_its_body():
    fall()


@flow
def strict(number: int):
    return number


@flow(timeout_seconds=0.02)
def slow():
    while True:
        pass


@flow
def interrupted():
    raise KeyboardInterrupt


@pytest.fixture
def shown(caplog):
    """The tracebacks logged so far, as text."""

    def texts():
        kept = [record.exc_info for record in caplog.records if record.exc_info]
        return ["".join(traceback.format_exception(*info)) for info in kept]

    return texts


@pytest.mark.parametrize(
    ("work", "names"), [(in_its_body, ["in_its_body", "fall"]), (in_a_task, ["in_a_task", "falling", "fall"])]
)
def test_the_users_frames_are_logged_and_ours_are_not(runtime, shown, work, names):
    work(return_state=True)

    text = shown()[-1]
    assert OURS not in text
    assert [line.rsplit(" in ")[-1] for line in text.splitlines() if line.startswith("  File ")] == names


def test_what_is_raised_keeps_all_its_frames(runtime):
    with pytest.raises(ValueError, match="boom") as caught:
        in_a_task()

    assert OURS in "".join(traceback.format_exception(caught.value))


def test_frames_below_the_users_last_stay():
    def call_wrongly():
        task(5)

    try:
        call_wrongly()
    except TypeError as error:
        frames = traceback.extract_tb(without_ours(error.__traceback__))
    assert frames[1].name == "call_wrongly"
    assert frames[-1].filename.startswith(OURS)


def test_an_error_without_frames():
    error = ValueError()
    assert worth_showing(error) == (ValueError, error, None)
    assert worth_showing("no error") is None


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda: strict("zz", return_state=True), "expected int, got 'zz'"),
        (lambda: slow(return_state=True), "took longer than 0.02 s"),
        (interrupted, "stopped by Ctrl-C"),
    ],
    ids=["refused parameters", "time-out", "Ctrl-C"],
)
def test_what_a_line_says_has_no_traceback(runtime, said, shown, work, words):
    with suppress(KeyboardInterrupt):
        work()

    assert shown() == []
    assert words in said()[-1]
