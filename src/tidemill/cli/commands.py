"""All commands, and where each lives. To add one, add its line here and a module beside this one.

Nothing is imported for ``tidemill --help``: name, second names and summary stand in the table.
"""

from __future__ import annotations

from typing import Final

from tidemill.cli.lazy import Entry

COMMANDS: Final = (
    Entry("auth", "tidemill.cli.auth:auth", "Say who may come in."),
    Entry("api", "tidemill.cli.api_request:api", "Send any request to the API."),
    Entry("artifact", "tidemill.cli.artifact:artifact", "Look at what runs published.", also=("artifacts",)),
    Entry("block", "tidemill.cli.block:block", "Look at configured blocks.", also=("blocks",)),
    Entry(
        "concurrency-limit",
        "tidemill.cli.concurrency_limit:concurrency_limit",
        "Limit how many task runs with a tag may be running at once.",
        also=("concurrency-limits",),
    ),
    Entry("config", "tidemill.cli.config:config", "Read and change settings."),
    Entry("dashboard", "tidemill.cli.dashboard:dashboard", "Look at a server in a browser."),
    Entry(
        "events", "tidemill.cli.events:events", "Watch what happens, and tell of things of your own.", also=("event",)
    ),
    Entry("flow", "tidemill.cli.flow:flow", "List the flows that have run.", also=("flows",)),
    Entry(
        "flow-run",
        "tidemill.cli.flow_run:flow_run",
        "List, inspect, follow, resume, retry, cancel and delete flow runs.",
        also=("flow-runs",),
    ),
    Entry(
        "global-concurrency-limit",
        "tidemill.cli.limits:global_concurrency_limit",
        "Limit how many runs may do something at once.",
        also=("gcl",),
    ),
    Entry("profile", "tidemill.cli.profile:profile", "Keep sets of settings under names.", also=("profiles",)),
    Entry("run", "tidemill.cli.run:run", "Run a flow here and now."),
    Entry("server", "tidemill.cli.server:server", "Start, stop and look after a server.", also=("orion",)),
    Entry("shell", "tidemill.cli.shell:shell", "Run commands of the shell as flows."),
    Entry(
        "task-run",
        "tidemill.cli.task_run:task_run",
        "List and inspect task runs, and read their logs.",
        also=("task-runs",),
    ),
    Entry("variable", "tidemill.cli.variable:variable", "Keep values that flows read by name.", also=("variables",)),
    Entry("version", "tidemill.cli.version:version", "Show what is installed and where runs are recorded."),
    Entry("why", "tidemill.cli.why:why", "Explain why a flow run is in the state it is in, and what to do about it."),
    Entry("work-pool", "tidemill.cli.work_pool:work_pool", "Look after work pools.", also=("work-pools",)),
    Entry(
        "work-queue",
        "tidemill.cli.work_queue:work_queue",
        "Look after the queues of work pools.",
        also=("work-queues",),
    ),
)
