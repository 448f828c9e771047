"""What a server does by itself, each with how often."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from tidemill.settings.declare import Group, group, setting

if TYPE_CHECKING:
    from tidemill.settings.kinds import Durations, VacuumScope

_APPLIED = "tidemill applies whole journals; nothing is written one by one"
_AT_ONCE = "tidemill writes events when they come, many to a transaction"
_PAGED = "tidemill's triggers judge events by hundreds, in one transaction"
_POLLED = "tidemill's triggers read events from the database, and listen to nobody"


def _old(name: str) -> tuple[str]:
    """The name a service's setting had when services belonged to the API."""
    return (f"API_SERVICES_{name}",)


class ServerServicesCancellationCleanupSettings(Group):
    """Ends what a cancelled run left behind."""

    enabled: bool = setting(True, "run this service", aliases=_old("CANCELLATION_CLEANUP_ENABLED"))
    loop_seconds: float = setting(
        20.0, "how often", unit="seconds", aliases=_old("CANCELLATION_CLEANUP_LOOP_SECONDS"), above=0
    )
    cancelling_timeout_seconds: float = setting(
        300.0, "how long a run may stay Cancelling before it is called Cancelled", unit="seconds", above=0
    )


class ServerServicesCleanupReconcilerSettings(Group):
    """Asks workers to clean up after runs that are over."""

    enabled: bool = setting(True, "run this service")
    loop_seconds: float = setting(5.0, "how often", unit="seconds", above=0)
    batch_size: int = setting(100, "runs looked at in one pass", above=0)


class ServerServicesDBVacuumSettings(Group):
    """Deletes what is older than it need be."""

    enabled: VacuumScope | None = setting(
        frozenset({"events", "flow_runs"}), "what is deleted: events, flow_runs; true for all, false for nothing"
    )
    loop_seconds: float = setting(3600.0, "how often", unit="seconds", above=0)
    orphan_cleanup_loop_seconds: float = setting(
        86_400.0, "how often for what belongs to no run", unit="seconds", above=0
    )
    retention_period: timedelta = setting(timedelta(days=90), "how long finished runs are kept")
    batch_size: int = setting(200, "rows deleted at once, so that others are not held up", above=0)
    event_retention_overrides: Durations = setting(
        MappingProxyType({"prefect.flow-run.heartbeat": timedelta(days=7)}), "how long events of certain names are kept"
    )


class ServerServicesEventLoggerSettings(Group):
    """Logs every event."""

    enabled: bool = setting(False, "run this service", aliases=_old("EVENT_LOGGER_ENABLED"))


class ServerServicesEventPersisterSettings(Group):
    """Writes events to the database."""

    enabled: bool = setting(True, "run this service", aliases=_old("EVENT_PERSISTER_ENABLED"), no_effect=_AT_ONCE)
    batch_size: int = setting(
        20, "events in one write", aliases=_old("EVENT_PERSISTER_BATCH_SIZE"), above=0, no_effect=_AT_ONCE
    )
    read_batch_size: int = setting(
        1, "events read at once", aliases=_old("EVENT_PERSISTER_READ_BATCH_SIZE"), above=0, no_effect=_AT_ONCE
    )
    flush_interval: float = setting(
        5.0, "longest an event waits", unit="seconds", aliases=_old("EVENT_PERSISTER_FLUSH_INTERVAL"), above=0
    )
    queue_max_size: int = setting(50_000, "events that may wait", above=0, no_effect=_AT_ONCE)
    max_flush_retries: int = setting(5, "attempts at a write before it is called failed", above=0, no_effect=_AT_ONCE)


class ServerServicesForemanSettings(Group):
    """Says which workers, queues and deployments are there."""

    enabled: bool = setting(True, "run this service", aliases=_old("FOREMAN_ENABLED"))
    loop_seconds: float = setting(15.0, "how often", unit="seconds", aliases=_old("FOREMAN_LOOP_SECONDS"), above=0)
    inactivity_heartbeat_multiple: int = setting(
        3,
        "missed heartbeats after which a worker is called offline",
        aliases=_old("FOREMAN_INACTIVITY_HEARTBEAT_MULTIPLE"),
    )
    fallback_heartbeat_interval_seconds: int = setting(
        30,
        "heartbeat of workers that do not tell theirs",
        unit="seconds",
        aliases=_old("FOREMAN_FALLBACK_HEARTBEAT_INTERVAL_SECONDS"),
    )
    deployment_last_polled_timeout_seconds: int = setting(
        60,
        "silence after which a deployment is called not ready",
        unit="seconds",
        aliases=_old("FOREMAN_DEPLOYMENT_LAST_POLLED_TIMEOUT_SECONDS"),
    )
    work_queue_last_polled_timeout_seconds: int = setting(
        60,
        "silence after which a queue is called not ready",
        unit="seconds",
        aliases=_old("FOREMAN_WORK_QUEUE_LAST_POLLED_TIMEOUT_SECONDS"),
    )


class ServerServicesLateRunsSettings(Group):
    """Marks runs late that nobody has picked up."""

    enabled: bool = setting(True, "run this service", aliases=_old("LATE_RUNS_ENABLED"))
    loop_seconds: float = setting(5.0, "how often", unit="seconds", aliases=_old("LATE_RUNS_LOOP_SECONDS"), above=0)
    after_seconds: timedelta = setting(
        timedelta(seconds=15), "how long after its time a run is late", aliases=_old("LATE_RUNS_AFTER_SECONDS")
    )


class ServerServicesPauseExpirationsSettings(Group):
    """Fails paused runs whose time is up."""

    enabled: bool = setting(True, "run this service", aliases=_old("PAUSE_EXPIRATIONS_ENABLED"))
    loop_seconds: float = setting(
        5.0, "how often", unit="seconds", aliases=_old("PAUSE_EXPIRATIONS_LOOP_SECONDS"), above=0
    )


class ServerServicesRepossessorSettings(Group):
    """Frees concurrency slots whose lease has lapsed."""

    enabled: bool = setting(True, "run this service")
    loop_seconds: float = setting(15.0, "how often", unit="seconds", above=0)


class ServerServicesSchedulerSettings(Group):
    """Makes the runs that schedules ask for."""

    enabled: bool = setting(True, "run this service", aliases=_old("SCHEDULER_ENABLED"))
    loop_seconds: float = setting(60.0, "how often", unit="seconds", aliases=_old("SCHEDULER_LOOP_SECONDS"), above=0)
    recent_deployments_loop_seconds: float = setting(
        5.0, "how often for deployments that were just changed", unit="seconds", above=0
    )
    deployment_batch_size: int = setting(
        100, "deployments looked at in one pass", aliases=_old("SCHEDULER_DEPLOYMENT_BATCH_SIZE")
    )
    insert_batch_size: int = setting(500, "runs made in one write", aliases=_old("SCHEDULER_INSERT_BATCH_SIZE"))
    max_runs: int = setting(100, "most runs of a schedule made ahead", aliases=_old("SCHEDULER_MAX_RUNS"))
    min_runs: int = setting(3, "fewest runs of a schedule made ahead", aliases=_old("SCHEDULER_MIN_RUNS"))
    max_scheduled_time: timedelta = setting(
        timedelta(days=100), "how far ahead at most", aliases=_old("SCHEDULER_MAX_SCHEDULED_TIME")
    )
    min_scheduled_time: timedelta = setting(
        timedelta(hours=1), "how far ahead at least", aliases=_old("SCHEDULER_MIN_SCHEDULED_TIME")
    )


class ServerServicesTaskRunRecorderSettings(Group):
    """Writes task runs to the database."""

    enabled: bool = setting(True, "run this service", aliases=_old("TASK_RUN_RECORDER_ENABLED"), no_effect=_APPLIED)
    read_batch_size: int = setting(1, "events read at once", above=0, no_effect=_APPLIED)
    batch_size: int = setting(1, "task runs in one write", above=0, no_effect=_APPLIED)
    flush_interval: float = setting(5.0, "longest one waits", unit="seconds", above=0, no_effect=_APPLIED)


class ServerServicesTriggersSettings(Group):
    """Watches events for automations."""

    enabled: bool = setting(True, "run this service", aliases=_old("TRIGGERS_ENABLED"))
    read_batch_size: int = setting(1, "events read at once", above=0, no_effect=_PAGED)
    pg_notify_reconnect_interval_seconds: int = setting(
        10, "wait before listening to PostgreSQL again", unit="seconds", no_effect=_POLLED
    )
    pg_notify_heartbeat_interval_seconds: int = setting(
        5, "how often the listening connection is tried", unit="seconds", no_effect=_POLLED
    )


class ServerServicesUnheardRunsSettings(Group):
    """Ends runs of clients that send no heartbeats, have no lease, and are not heard of any more."""

    after_seconds: timedelta = setting(
        timedelta(days=3),
        "silence after which a run is Crashed whose client never said that it lives; whatever is told of it or of runs "
        "around it breaks the silence. Longer than anything computes without a word; 0 is never",
    )


class ServerServicesSettings(Group):
    """All services."""

    cancellation_cleanup: ServerServicesCancellationCleanupSettings = group(ServerServicesCancellationCleanupSettings)
    cleanup_reconciler: ServerServicesCleanupReconcilerSettings = group(ServerServicesCleanupReconcilerSettings)
    db_vacuum: ServerServicesDBVacuumSettings = group(ServerServicesDBVacuumSettings)
    event_logger: ServerServicesEventLoggerSettings = group(ServerServicesEventLoggerSettings)
    event_persister: ServerServicesEventPersisterSettings = group(ServerServicesEventPersisterSettings)
    foreman: ServerServicesForemanSettings = group(ServerServicesForemanSettings)
    late_runs: ServerServicesLateRunsSettings = group(ServerServicesLateRunsSettings)
    pause_expirations: ServerServicesPauseExpirationsSettings = group(ServerServicesPauseExpirationsSettings)
    repossessor: ServerServicesRepossessorSettings = group(ServerServicesRepossessorSettings)
    scheduler: ServerServicesSchedulerSettings = group(ServerServicesSchedulerSettings)
    task_run_recorder: ServerServicesTaskRunRecorderSettings = group(ServerServicesTaskRunRecorderSettings)
    triggers: ServerServicesTriggersSettings = group(ServerServicesTriggersSettings)
    unheard_runs: ServerServicesUnheardRunsSettings = group(ServerServicesUnheardRunsSettings)
