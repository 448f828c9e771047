"""Flows and tasks: what holds for those that say nothing themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.settings.declare import BelowHome, Group, group, setting

if TYPE_CHECKING:
    from pathlib import Path

    from tidemill.settings.kinds import Delays


class FlowsSettings(Group):
    """Defaults of flows."""

    default_retries: int = setting(
        0, "attempts after the first that failed", aliases=("FLOW_DEFAULT_RETRIES",), at_least=0
    )
    default_retry_delay_seconds: Delays = setting(
        0.0,
        "wait between attempts, or one wait for each",
        unit="seconds",
        aliases=("FLOW_DEFAULT_RETRY_DELAY_SECONDS",),
    )
    heartbeat_frequency: int | None = setting(
        180,
        "how often a run says in its events that it lives; leases have beat_seconds",
        unit="seconds",
        aliases=("RUNNER_HEARTBEAT_FREQUENCY",),
        at_least=30,
    )


class TasksRunnerSettings(Group):
    """How many tasks run at once."""

    thread_pool_max_workers: int | None = setting(
        None,
        "threads of one thread runner; unset, it grows with what waits",
        aliases=("TASK_RUNNER_THREAD_POOL_MAX_WORKERS",),
        above=0,
    )
    process_pool_max_workers: int | None = setting(
        None, "processes of one process runner; unset, one per core", above=0
    )
    process_pool_run_tokens: bool = setting(
        False, "processes of a process runner ask the server with a token for their run, in place of the API key"
    )


class TasksSchedulingSettings(Group):
    """Tasks handed to a task worker with delay()."""

    default_storage_block: str | None = setting(
        None, "block that keeps their parameters", aliases=("TASK_SCHEDULING_DEFAULT_STORAGE_BLOCK",)
    )
    delete_failed_submissions: bool = setting(
        True, "forget a run that could not be handed on", aliases=("TASK_SCHEDULING_DELETE_FAILED_SUBMISSIONS",)
    )


class TasksSettings(Group):
    """Defaults of tasks."""

    refresh_cache: bool = setting(False, "run cached tasks anew and replace what is cached")
    default_no_cache: bool = setting(False, "tasks that name no cache policy are not cached")
    disable_caching: bool = setting(False, "no task is cached, whatever it says")
    default_retries: int = setting(
        0, "attempts after the first that failed", aliases=("TASK_DEFAULT_RETRIES",), at_least=0
    )
    default_retry_delay_seconds: Delays | None = setting(
        0.0,
        "wait between attempts, or one wait for each",
        unit="seconds",
        aliases=("TASK_DEFAULT_RETRY_DELAY_SECONDS",),
    )
    default_persist_result: bool | None = setting(None, "keep results as files; unset, as results.persist_by_default")
    keep_results: bool = setting(True, "keep small results in the journal, so that a resumed run need not repeat tasks")
    kept_result_bytes: int = setting(
        65_536, "largest result kept there; larger ones want persist_result", unit="bytes", at_least=0
    )
    runner: TasksRunnerSettings = group(TasksRunnerSettings)
    scheduling: TasksSchedulingSettings = group(TasksSchedulingSettings)


class ResultsSettings(Group):
    """What results are written with, and where to."""

    default_serializer: str = setting("pickle", "serializer of results that name none")
    persist_by_default: bool = setting(False, "keep the results of all flows and tasks that say nothing")
    default_storage_block: str | None = setting(
        None, "block that keeps results, as type/name; unset, local files", aliases=("DEFAULT_RESULT_STORAGE_BLOCK",)
    )
    local_storage_path: Path = setting(
        BelowHome("storage"), "folder of local result files", aliases=("LOCAL_STORAGE_PATH",)
    )
