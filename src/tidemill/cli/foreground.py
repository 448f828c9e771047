"""Running a flow in this process, while its progress is shown."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from inspect import iscoroutine
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import click

from tidemill.cli.errors import ExitCode
from tidemill.cli.following import LOOK_SECONDS, TICKING, about, woken
from tidemill.cli.run_ending import tell_ending
from tidemill.cli.tree import branches
from tidemill.domain.runs import any_of
from tidemill.engine.opening import engine_settings, home_to_record_in, runtime_of
from tidemill.engine.runtime import stop_using, use
from tidemill.exceptions import ExternalSignal
from tidemill.settings import get_current_settings
from tidemill.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tidemill.api.embedded import Home
    from tidemill.cli.output import Output
    from tidemill.engine.runtime import Runtime


@contextmanager
def running_here() -> Iterator[tuple[Home, Runtime]]:
    """The home to record in and the runtime for flows that are run from here, both as the settings say."""
    settings = get_current_settings()
    home = home_to_record_in(settings.home, settings)
    runtime = runtime_of(home, engine_settings(settings))
    token = use(runtime)
    try:
        yield home, runtime
    finally:
        stop_using(token)
        home.close()


def run_to_end(home: Home, run_id: str, begin: Callable[[], Any], output: Output) -> int:
    """Call ``begin`` and see the run through to its end; gives the exit code. ``begin`` may give a coroutine."""
    ended: Any = None
    stopped: BaseException | None = None
    with _shown(home, run_id, output):
        try:
            ended = begin()
            if iscoroutine(ended):
                import asyncio  # noqa: PLC0415 - only async flows

                ended = asyncio.run(ended)
        except BaseException as signal:
            if isinstance(signal, Exception):
                raise
            stopped = signal  # the run has ended with it: it is told first
    told = home.recorder.wait_applied_for(None if home.store_is_here else home.recording.patience_seconds)
    runs = home.store.find_flow_runs([any_of("id", run_id)]) if told else []
    if runs:
        code = tell_ending(home, runs[0], output)
    else:
        state = f"The run is {ended.name}, and" if ended is not None else "The run"
        spooled = f"{state} the server cannot be told now. The next process that runs here sends it."
        click.echo(f"{state} was not recorded." if told else spooled, err=True)
        code = ExitCode.OK if ended is not None and ended.is_completed() else ExitCode.FAILED
    if isinstance(stopped, ExternalSignal):
        raise stopped
    return _exit_code_after(stopped, code)


def _exit_code_after(stopped: BaseException | None, code: int) -> int:
    if isinstance(stopped, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    terminated = isinstance(stopped, SystemExit) and stopped.code == ExitCode.TERMINATED
    return ExitCode.TERMINATED if terminated else code


@contextmanager
def _shown(home: Home, run_id: str, output: Output) -> Iterator[None]:
    """Meanwhile, on a terminal, draw the run's tasks below its log lines. In a pipe the log lines are all there is."""
    if not (output.for_people and sys.stderr.isatty()):
        yield
        return
    over, happened = Event(), Event()
    drawing = Thread(target=_draw, args=(home, run_id, over, happened), name="tidemill-view", daemon=True)
    drawing.start()
    try:
        yield
    finally:
        over.set()
        happened.set()
        drawing.join()


def _draw(home: Home, run_id: str, over: Event, happened: Event) -> None:
    from tidemill.cli.live import console_for, drawn, live  # noqa: PLC0415 - brings rich, for terminals only

    whose = [any_of("id", run_id)]
    with live(console_for(sys.stderr)) as screen, woken(home, about(run_id), happened) as wait:
        last = False
        while not last:
            if not home.store_is_here:
                wait(TICKING)
            last = over.wait(LOOK_SECONDS)  # no more often than that, however much happens
            if last:
                home.recorder.wait_applied_for(None if home.store_is_here else home.recording.patience_seconds)
            try:
                for run in home.store.find_flow_runs(whose):
                    found = branches(home.store.tallies(run_id), run.flow_name)
                    screen.update(drawn(home, run, found), refresh=True)
            except StoreError as error:
                screen.update(f"The run cannot be shown at the moment: {error}", refresh=True)
