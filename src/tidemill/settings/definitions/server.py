"""The server as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tidemill.settings.declare import BelowHome, Group, group, setting
from tidemill.settings.definitions.server_api import ServerAPISettings, ServerUISettings
from tidemill.settings.definitions.server_database import ServerDatabaseSettings
from tidemill.settings.definitions.server_events import ServerEventsSettings, ServerLogsSettings
from tidemill.settings.definitions.server_services import ServerServicesSettings

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings.kinds import LogLevel
    from tidemill.settings.secret import Secret

_ROWS = "tidemill's leases are rows of its store"
_EMBEDDED = "a run without an API URL is recorded in its own process; no server is started for it"
_NO_QUEUE = "tidemill's services need no task queue beside the store"


class ServerConcurrencySettings(Group):
    """Concurrency slots."""

    lease_storage: str = setting("store", "module that keeps leases", no_effect=_ROWS)
    initial_deployment_lease_duration: float = setting(
        300.0, "lease of a slot until its run starts", unit="seconds", at_least=30, at_most=3600
    )
    maximum_concurrency_slot_wait_seconds: float = setting(
        30.0, "longest a client is told to wait before it asks again", unit="seconds", at_least=0
    )


class ServerDeploymentsSettings(Group):
    """Deployments on the server."""

    concurrency_slot_wait_seconds: float = setting(
        30.0,
        "wait of a run that found no slot",
        unit="seconds",
        aliases=("DEPLOYMENT_CONCURRENCY_SLOT_WAIT_SECONDS",),
        at_least=0,
    )


class ServerDocketSettings(Group):
    """The task queue of other servers."""

    name: str = setting("tidemill-server", "name of the queue", no_effect=_NO_QUEUE)
    url: str = setting("memory://", "where the queue is", no_effect=_NO_QUEUE)


class ServerEphemeralSettings(Group):
    """Servers started for a single run."""

    enabled: bool = setting(
        False, "start one when no API URL is set", aliases=("SERVER_ALLOW_EPHEMERAL_MODE",), no_effect=_EMBEDDED
    )
    startup_timeout_seconds: int = setting(20, "how long it may take to start", unit="seconds", no_effect=_EMBEDDED)


class ServerFlowRunGraphSettings(Group):
    """The drawn graph of a run."""

    max_nodes: int = setting(10_000, "most nodes drawn", aliases=("API_MAX_FLOW_RUN_GRAPH_NODES",))
    max_artifacts: int = setting(10_000, "most artifacts drawn", aliases=("API_MAX_FLOW_RUN_GRAPH_ARTIFACTS",))


class ServerTasksSchedulingSettings(Group):
    """Task runs that wait for a task worker."""

    max_scheduled_queue_size: int = setting(
        1000, "task runs that may wait", aliases=("TASK_SCHEDULING_MAX_SCHEDULED_QUEUE_SIZE",)
    )
    max_retry_queue_size: int = setting(
        100, "task runs that may wait for another attempt", aliases=("TASK_SCHEDULING_MAX_RETRY_QUEUE_SIZE",)
    )
    pending_task_timeout: timedelta = setting(
        timedelta(0),
        "how long one may be Pending before it is offered again; 0 is for ever",
        aliases=("TASK_SCHEDULING_PENDING_TASK_TIMEOUT",),
    )


class ServerTasksSettings(Group):
    """Task runs on the server."""

    tag_concurrency_slot_wait_seconds: float = setting(
        10.0,
        "wait of a task that found its tag's slots taken",
        unit="seconds",
        aliases=("TASK_RUN_TAG_CONCURRENCY_SLOT_WAIT_SECONDS",),
        at_least=0,
    )
    max_cache_key_length: int = setting(2000, "longest cache key", aliases=("API_TASK_CACHE_KEY_MAX_LENGTH",))
    scheduling: ServerTasksSchedulingSettings = group(ServerTasksSchedulingSettings)


class ServerWorkerChannelSettings(Group):
    """What the server asks of workers."""

    cleanup_queue_storage: str = setting("store", "module that keeps the requests", no_effect=_ROWS)
    cleanup_lease_seconds: float = setting(30.0, "how long a worker may take over one", unit="seconds", above=0)
    cleanup_max_delivery_attempts: int = setting(3, "times one is offered before it is given up", at_least=1)
    cleanup_completed_idempotency_retention_seconds: float | None = setting(
        None, "how long a done request is remembered; unset, for ever", unit="seconds", at_least=0
    )


class ServerSettings(Group):
    """The server."""

    logging_level: LogLevel = setting("WARNING", "least level of its lines", aliases=("LOGGING_SERVER_LEVEL",))
    analytics_enabled: bool = setting(True, "send usage figures home", no_effect="tidemill sends nothing home")
    metrics_enabled: bool = setting(False, "offer metrics to Prometheus", aliases=("API_ENABLE_METRICS",))
    log_retryable_errors: bool = setting(
        False, "log failures that clients will try again", aliases=("API_LOG_RETRYABLE_ERRORS",)
    )
    register_blocks_on_start: bool = setting(
        True, "make the known block types when it starts", aliases=("API_BLOCKS_REGISTER_ON_START",)
    )
    memoize_block_auto_registration: bool = setting(
        True, "remember that they were made", aliases=("MEMOIZE_BLOCK_AUTO_REGISTRATION",)
    )
    memo_store_path: Path = setting(
        BelowHome("memo_store.toml"), "where that is remembered", aliases=("MEMO_STORE_PATH",), no_effect=_ROWS
    )
    deployment_schedule_max_scheduled_runs: int = setting(
        50, "most runs of one schedule that wait", aliases=("DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS",)
    )
    encryption_key: Secret | None = setting(
        None,
        "keys that secrets are sealed with, separated by commas, the first for new ones; unset, those in the home's "
        "encryption.keys",
    )
    api: ServerAPISettings = group(ServerAPISettings)
    concurrency: ServerConcurrencySettings = group(ServerConcurrencySettings)
    database: ServerDatabaseSettings = group(ServerDatabaseSettings)
    deployments: ServerDeploymentsSettings = group(ServerDeploymentsSettings)
    docket: ServerDocketSettings = group(ServerDocketSettings)
    ephemeral: ServerEphemeralSettings = group(ServerEphemeralSettings)
    events: ServerEventsSettings = group(ServerEventsSettings)
    flow_run_graph: ServerFlowRunGraphSettings = group(ServerFlowRunGraphSettings)
    logs: ServerLogsSettings = group(ServerLogsSettings)
    services: ServerServicesSettings = group(ServerServicesSettings)
    tasks: ServerTasksSettings = group(ServerTasksSettings)
    ui: ServerUISettings = group(ServerUISettings)
    worker_channel: ServerWorkerChannelSettings = group(ServerWorkerChannelSettings)
