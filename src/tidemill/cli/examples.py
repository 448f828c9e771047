"""Command lines to copy, below the help of the commands that people call most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "run": (
        "tidemill run train.py",
        "tidemill run train.py:train --param month=2023-01 --param rounds=100",
        'tidemill run package.flows:train --params \'{"months": ["2023-01", "2023-02"]}\'',
    ),
    "flow-run ls": (
        "tidemill flow-run ls --state Failed --state Crashed",
        "tidemill flow-run ls --flow-name train --watch",
        "tidemill flow-run ls -o json --fields id,name,state_name",
    ),
    "flow-run logs": (
        "tidemill flow-run logs @last --level WARNING",
        "tidemill flow-run logs @last --follow",
        "tidemill flow-run logs tidy-otter --tail --num-logs 50",
    ),
    "flow-run resume": (
        "tidemill flow-run resume @last",
        "tidemill flow-run resume 01a1fedc --strict",
        "tidemill flow-run resume @last --entrypoint moved/train.py:train",
    ),
    "flow-run retry": (
        "tidemill flow-run retry @last",
        "tidemill flow-run ls --state Failed --limit 1 -o name | tidemill flow-run retry -",
        "tidemill flow-run retry tidy-otter --entrypoint moved/train.py:train",
    ),
    "task-run ls": (
        "tidemill task-run ls --flow-run @last",
        "tidemill task-run ls --flow-run @last --state-type FAILED",
        "tidemill task-run ls --task-run-name fetch-1a2 -o wide",
    ),
    "global-concurrency-limit create": (
        "tidemill gcl create database --limit 5",
        "tidemill gcl create tag:gpu --limit 1",
        "tidemill gcl create calls --limit 10 --slot-decay-per-second 2",
    ),
    "server start": (
        "tidemill server start",
        "tidemill server start --background --port 4300",
        "tidemill server start --host 0.0.0.0 --require-auth --workers 2",
    ),
    "server status": (
        "tidemill server status",
        "tidemill server status --wait --timeout 30",
        "tidemill server status -o json",
    ),
    "api": (
        "tidemill api get /flow_runs/01a1fedc-0000-7000-8000-000000000000",
        "tidemill api post /flow_runs/filter --data '{\"limit\": 5}'",
        "tidemill api patch /deployments/ID --data @change.json -v",
    ),
    "work-pool create": (
        "tidemill work-pool create gpu",
        "tidemill work-pool create gpu --type process --set-as-default",
        "tidemill work-pool create gpu --base-job-template job.json --overwrite",
    ),
    "events stream": (
        "tidemill events stream",
        "tidemill events stream --format text",
        "tidemill events stream --output-file events.jsonl --run-once",
    ),
    "events emit": (
        "tidemill events emit shop.opened --resource-id shop.1",
        'tidemill events emit shop.opened --resource-id shop.1 --payload \'{"by": "ann"}\'',
        """tidemill events emit shop.opened --resource '{"prefect.resource.id": "shop.1", "city": "Ulm"}'""",
    ),
    "shell watch": (
        "tidemill shell watch ./report.sh",
        "tidemill shell watch 'make report' --flow-name Report --tag nightly",
        "tidemill shell watch ./load.sh --no-stream-stdout",
    ),
    "auth key create": (
        "tidemill auth key create ci --scope runner --expires 90d",
        "tidemill auth key create dashboard --scope viewer",
        "tidemill auth key create reader --scope runs:read --scope logs:read",
    ),
    "config set": (
        "tidemill config set TIDEMILL_LOGGING_LEVEL=DEBUG",
        "tidemill config set logging.level=DEBUG results.persist_by_default=true",
        "tidemill -p local config set api.url=http://127.0.0.1:4200/api",
    ),
}


class CommandWithExamples(click.Command):
    """A command whose help ends with what ``EXAMPLES`` has for it."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, unbroken: who copies one gets it whole."""
        lines = examples_of(ctx)
        if lines:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in lines))
        super().format_epilog(ctx, formatter)


def examples_of(context: click.Context) -> Sequence[str]:
    """By the path of the command, without the program's name."""
    path: list[Any] = []
    each: click.Context | None = context
    while each is not None and each.parent is not None:
        path.insert(0, each.command.name)
        each = each.parent
    return EXAMPLES.get(" ".join(path).replace("_", "-"), ())
