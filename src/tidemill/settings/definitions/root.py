"""The top of the tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tidemill.settings.declare import BelowHome, Group, group, setting
from tidemill.settings.definitions.client import APISettings, ClientSettings, CloudSettings
from tidemill.settings.definitions.commands import CLISettings, ExperimentsSettings, TelemetrySettings
from tidemill.settings.definitions.deploying import (
    DeploymentsSettings,
    EventsSettings,
    PluginsSettings,
    RunnerSettings,
    WorkerSettings,
)
from tidemill.settings.definitions.durability import JournalSettings
from tidemill.settings.definitions.logs import InternalSettings, LoggingSettings
from tidemill.settings.definitions.running import FlowsSettings, ResultsSettings, TasksSettings
from tidemill.settings.definitions.server import ServerSettings
from tidemill.settings.definitions.trying import TestingSettings

if TYPE_CHECKING:
    from tidemill.settings.kinds import Durability, StorageFailure


class RootSettings(Group):
    """Everything that can be set."""

    home: Path = setting(Path("~/.tidemill"), "folder of everything tidemill keeps on this machine; for you alone")
    profiles_path: Path = setting(BelowHome("profiles.toml"), "file of the profiles")
    debug_mode: bool = setting(
        False, "log at DEBUG; show a traceback where a command fails, and our frames in a script's"
    )
    ui_url: str | None = setting(None, "the user interface, for links to runs; unset, made from api.url")
    silence_api_url_misconfiguration: bool = setting(False, "do not warn of an API URL that looks wrong")
    durability: Durability = setting(
        "process",
        "what a task waits for before its value goes on: process (survives a killed process), disk (a power cut), "
        "server (the loss of this machine), off (nothing)",
    )
    on_storage_failure: StorageFailure = setting(
        "fail", "when the journal cannot be written: fail the flow, or continue without recording"
    )
    resume_strictly: bool = setting(
        False, "a resumed run fails where its code does not make the recorded calls again; else they are logged"
    )
    portable: bool = setting(False, "do without what only POSIX has; to try the fall-backs")
    lease_seconds: float = setting(
        20.0,
        "silence after which a run is taken for dead; four beats, so that a lost one does no harm",
        unit="seconds",
        above=0,
    )
    beat_seconds: float = setting(5.0, "how often a run says that it lives", unit="seconds", above=0)
    api: APISettings = group(APISettings)
    cli: CLISettings = group(CLISettings)
    client: ClientSettings = group(ClientSettings)
    cloud: CloudSettings = group(CloudSettings)
    deployments: DeploymentsSettings = group(DeploymentsSettings)
    events: EventsSettings = group(EventsSettings)
    experiments: ExperimentsSettings = group(ExperimentsSettings)
    flows: FlowsSettings = group(FlowsSettings)
    internal: InternalSettings = group(InternalSettings)
    journal: JournalSettings = group(JournalSettings)
    logging: LoggingSettings = group(LoggingSettings)
    plugins: PluginsSettings = group(PluginsSettings)
    results: ResultsSettings = group(ResultsSettings)
    runner: RunnerSettings = group(RunnerSettings)
    server: ServerSettings = group(ServerSettings)
    tasks: TasksSettings = group(TasksSettings)
    telemetry: TelemetrySettings = group(TelemetrySettings)
    testing: TestingSettings = group(TestingSettings)
    worker: WorkerSettings = group(WorkerSettings)
