"""Deployments, runners, workers, plugins, events: what executes runs on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidemill.settings.declare import Group, group, setting

if TYPE_CHECKING:
    from tidemill.settings.kinds import LogLevel, StringSet


class DeploymentsSettings(Group):
    """Defaults of deployments."""

    default_work_pool_name: str | None = setting(
        None, "work pool of deployments that name none", aliases=("DEFAULT_WORK_POOL_NAME",)
    )
    default_docker_build_namespace: str | None = setting(
        None, "registry and namespace put before image names", aliases=("DEFAULT_DOCKER_BUILD_NAMESPACE",)
    )


class EventsSettings(Group):
    """Events sent by this process."""

    worker_max_queue_size: int = setting(0, "events that may wait to be sent; 0 is no limit", at_least=0)


class PluginsSettings(Group):
    """Packages that run code when tidemill starts."""

    enabled: bool = setting(False, "load plugins", aliases=("EXPERIMENTS_PLUGINS_ENABLED",))
    allow: StringSet = setting(
        frozenset(), "load only these; empty, all that are not denied", aliases=("EXPERIMENTS_PLUGINS_ALLOW",)
    )
    deny: StringSet = setting(frozenset(), "never load these", aliases=("EXPERIMENTS_PLUGINS_DENY",))
    setup_timeout_seconds: float = setting(
        20.0,
        "how long a plugin may take to start",
        unit="seconds",
        aliases=("EXPERIMENTS_PLUGINS_SETUP_TIMEOUT_SECONDS",),
        above=0,
    )
    strict: bool = setting(False, "a plugin that fails ends the process", aliases=("EXPERIMENTS_PLUGINS_STRICT",))
    safe_mode: bool = setting(False, "find plugins without running them", aliases=("EXPERIMENTS_PLUGINS_SAFE_MODE",))


class RunnerServerSettings(Group):
    """The health check that a runner offers."""

    enable: bool = setting(False, "offer it")
    host: str = setting("localhost", "address it listens on")
    port: int = setting(8080, "port it listens on", at_least=0, at_most=65535)
    log_level: LogLevel = setting("ERROR", "least level of its lines")
    missed_polls_tolerance: int = setting(2, "missed polls after which it says unhealthy", at_least=0)


class RunnerSettings(Group):
    """Processes that serve deployments."""

    process_limit: int = setting(5, "runs at once", above=0)
    poll_frequency: int = setting(10, "how often to look for runs", unit="seconds", above=0)
    auto_install_dependencies: bool = setting(False, "install what a flow's project asks for before it runs")
    crash_on_cancellation_failure: bool = setting(False, "mark a run Crashed when its process cannot be stopped")
    server: RunnerServerSettings = group(RunnerServerSettings)


class WorkerWebserverSettings(Group):
    """The health check that a worker offers."""

    host: str = setting("0.0.0.0", "address it listens on")  # noqa: S104 - in a container the probe comes from outside
    port: int = setting(8080, "port it listens on", at_least=0, at_most=65535)


class WorkerSettings(Group):
    """Processes that take runs from work pools."""

    debug_mode: bool = setting(False, "log at DEBUG in workers")
    heartbeat_seconds: float = setting(30.0, "how often a worker says that it lives", unit="seconds", above=0)
    query_seconds: float = setting(10.0, "how often it looks for runs", unit="seconds", above=0)
    prefetch_seconds: float = setting(10.0, "how long before its time a run is taken", unit="seconds", at_least=0)
    enable_cancellation: bool = setting(False, "let workers stop runs that are cancelled")
    cancellation_poll_seconds: float = setting(120.0, "how often to look for cancelled runs", unit="seconds", above=0)
    webserver: WorkerWebserverSettings = group(WorkerWebserverSettings)
