"""``tidemill flow-run logs`` and ``tidemill task-run logs``."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import click

from tidemill.cli.errors import UsageProblem
from tidemill.cli.examples import CommandWithExamples
from tidemill.cli.finding import flow_run_of, task_run_of
from tidemill.cli.following import about, until_over
from tidemill.cli.home import opened_home
from tidemill.cli.log_lines import LogLines
from tidemill.cli.moments import local
from tidemill.cli.output import Column, Output, output_options
from tidemill.cli.parameters import positional, whole_number
from tidemill.domain.runs import Condition, Operator, any_of
from tidemill.suggestions import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tidemill.api.embedded import Home
    from tidemill.domain.runs import FlowRun, Log, TaskRun

#: ``-h`` stands for ``--head`` here, as it always has.
_HELP: Final = {"help_option_names": ["--help"]}
_FEW: Final = 20
#: Whole at the end only, so that programs can read them.
_DOCUMENTS: Final = frozenset({"json", "yaml"})
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _options(function: Any) -> Any:
    decorators: list[Callable[[Any], Any]] = [
        positional("id", metavar="RUN"),
        click.option("--head/--no-head", "-h", default=False, help=f"Only the first {_FEW}, or --num-logs."),
        click.option("--tail/--no-tail", "-t", default=False, help=f"Only the last {_FEW}, or --num-logs."),
        click.option("--num-logs", "-n", type=click.IntRange(min=1), help="How many; unsaid, all."),
        click.option("--reverse/--no-reverse", "-r", default=False, help="The newest first."),
        click.option("--level", metavar="LEVEL", help="Only lines of that level or above."),
        click.option("--follow", "-f", is_flag=True, help="Go on until the run ends."),
        output_options,
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


class _Logs(CommandWithExamples):
    """``-h`` is ``--head``; alone, where no run is named, it can only be a cry for help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["--help"] if args == ["-h"] else args)


@click.command("logs", cls=_Logs, context_settings=_HELP)
@_options
def flow_run_logs(id: str, output: Output, **wishes: Any) -> None:  # noqa: A002 - the contract's name
    """Show what a flow run logged, its tasks included."""
    with opened_home() as home:
        run = flow_run_of(home, id)
        _tell(home, any_of("flow_run_id", run.id), lambda: home.store.read_flow_run(run.id), run.id, output, **wishes)


@click.command("logs", cls=_Logs, context_settings=_HELP)
@_options
def task_run_logs(id: str, output: Output, **wishes: Any) -> None:  # noqa: A002 - the contract's name
    """Show what a task run logged."""
    with opened_home() as home:
        run = task_run_of(home, id)
        whose = any_of("task_run_id", run.id)
        _tell(home, whose, lambda: home.store.read_task_run(run.id), run.flow_run_id, output, **wishes)


def _tell(
    home: Home,
    whose: Condition,
    reread: Callable[[], FlowRun | TaskRun],
    flow_run_id: str | None,
    output: Output,
    head: bool,
    tail: bool,
    num_logs: int | None,
    reverse: bool,
    level: str | None,
    follow: bool,
) -> None:
    if head and tail:
        raise UsageProblem("--head and --tail exclude each other")
    if follow and (head or reverse):
        raise UsageProblem("--follow goes forward to the end: it cannot be combined with --head or --reverse")
    conditions = [whose] if level is None else [whose, Condition("level", Operator.AT_LEAST, level_number(level))]
    amount = (num_logs or _FEW) if head or tail else (num_logs or -1)
    from_end = tail or (reverse and not head)
    found = home.store.read_logs(conditions, limit=amount, newest_first=from_end)
    lines = found if from_end is reverse else found[::-1]
    show = LogLines(home)
    if not follow:
        _show(lines, show, output)
        return
    coming = _coming(home, conditions, until_over(home, reread, about(flow_run_id)), lines)
    if output.asked in _DOCUMENTS:
        _show([*lines, *chain.from_iterable(coming)], show, output)
    else:
        for some in chain([lines], coming):
            _show(some, show, output)


def _coming(
    home: Home, conditions: Sequence[Condition], moments: Iterable[FlowRun | TaskRun], lines: Sequence[Log]
) -> Iterator[list[Log]]:
    """What is logged after these lines, looked for at each of these moments."""
    last = max((line.position for line in lines), default=0)
    for _ in moments:
        more = home.store.read_logs(conditions, after=last, limit=-1)
        last = more[-1].position if more else last
        yield more


def _show(lines: Sequence[Log], text: LogLines, output: Output) -> None:
    if output.asked in {None, "table"} and not output.fields:
        for line in text.of(lines):
            click.echo(line, file=output.stream)
        return
    rows = [{name: getattr(line, name) for name in line.__struct_fields__ if name != "position"} for line in lines]
    output.rows(rows, _COLUMNS, key="id")


_COLUMNS: Final = (
    Column("timestamp", show=local),
    Column("level", show=logging.getLevelName),
    Column("message"),
    Column("name", title="Logger", wide=True),
)


def level_number(text: str) -> int:
    """``WARNING`` or ``30``; raises UsageProblem for another word."""
    if text.isdecimal():
        return whole_number(text, "LEVEL")
    known = logging.getLevelNamesMapping()
    if text.upper() not in known:
        raise UsageProblem(f"unknown level {text!r}{did_you_mean(text.upper(), _LEVELS)}; known: {one_of(_LEVELS)}")
    return known[text.upper()]
