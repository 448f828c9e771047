"""The settings are those of the contract, under the contract's names and with its defaults."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import tidemill.settings
from tidemill.settings import Settings, get_current_settings
from tidemill.settings.declare import BelowHome
from tidemill.settings.registry import ALIASES, BY_PATH, FIELDS, IGNORED, RETIRED
from tidemill.settings.secret import Secret

CONTRACT = json.loads((Path(__file__).parent.parent / "contract" / "settings.json").read_text())
SETTINGS = CONTRACT["settings"]

#: Ours alone: what the contract knows nothing of.
OURS = {
    "TIDEMILL_BEAT_SECONDS",
    "TIDEMILL_DURABILITY",
    "TIDEMILL_JOURNAL_KEEP_SECONDS",
    "TIDEMILL_JOURNAL_ROLL_BYTES",
    "TIDEMILL_LEASE_SECONDS",
    "TIDEMILL_ON_STORAGE_FAILURE",
    "TIDEMILL_PORTABLE",
    "TIDEMILL_RESUME_STRICTLY",
    "TIDEMILL_SERVER_API_ALLOWED_HOSTS",
    "TIDEMILL_SERVER_ENCRYPTION_KEY",
    "TIDEMILL_SERVER_SERVICES_UNHEARD_RUNS_AFTER_SECONDS",
    "TIDEMILL_TASKS_KEEP_RESULTS",
    "TIDEMILL_TASKS_KEPT_RESULT_BYTES",
    "TIDEMILL_TASKS_RUNNER_PROCESS_POOL_RUN_TOKENS",
}
#: Defaults that cannot be the contract's: they name its modules, its cloud, or a file of its machine, or let every page
#: of the world in. And one that lets a database grow for ever that nobody looks after: old runs are deleted, too.
OTHER_DEFAULTS = {
    "TIDEMILL_API_SSL_CERT_FILE",
    "TIDEMILL_CLOUD_API_URL",
    "TIDEMILL_SERVER_API_CORS_ALLOWED_ORIGINS",
    "TIDEMILL_SERVER_CONCURRENCY_LEASE_STORAGE",
    "TIDEMILL_SERVER_DATABASE_CONNECTION_URL",
    "TIDEMILL_SERVER_EVENTS_CAUSAL_ORDERING",
    "TIDEMILL_SERVER_EVENTS_MESSAGING_BROKER",
    "TIDEMILL_SERVER_EVENTS_MESSAGING_CACHE",
    "TIDEMILL_SERVER_SERVICES_DB_VACUUM_ENABLED",
    "TIDEMILL_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE",
}


def ours(name: str) -> str:
    return name.replace("PREFECT_", "TIDEMILL_", 1)


def test_every_setting_of_the_contract_is_there_and_the_rest_is_ours():
    assert set(FIELDS) - {ours(name) for name in SETTINGS} == OURS
    assert {ours(name) for name in SETTINGS} <= set(FIELDS)


def test_names_in_every_source_are_those_of_the_contract():
    for name, said in SETTINGS.items():
        field = FIELDS[ours(name)]

        assert field.path == said["toml"], name
        assert {field.name, *field.aliases} == {ours(alias) for alias in said["env"]}, name
        assert field.secret == said.get("secret", False), name


def plain(value):
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, frozenset | tuple):
        return sorted(value)
    if isinstance(value, str | Path):
        return str(value).replace("tidemill", "prefect")
    return {key: plain(each) for key, each in value.items()} if hasattr(value, "items") else value


def test_defaults_are_those_of_the_contract():
    for name in [name for name in SETTINGS if ours(name) not in OTHER_DEFAULTS]:
        said, field = SETTINGS[name], FIELDS[ours(name)]
        expected = said["default"]

        default = f"$PREFECT_HOME/{field.default}" if isinstance(field.default, BelowHome) else plain(field.default)

        fits = default in (expected, said.get("effective_default", expected)) or (default, expected) == ([], None)
        assert fits, (name, default, expected)


def test_choices_are_those_of_the_contract():
    choices = {name: said["enum"] for name, said in SETTINGS.items() if "enum" in said}

    assert choices
    assert {name: [FIELDS[ours(name)].read(one.lower()) for one in said] for name, said in choices.items()} == choices


def test_names_of_earlier_versions_are_taken():
    assert {ours(name) for name in CONTRACT["legacy"]} <= set(RETIRED) | set(IGNORED)


def test_every_environment_name_has_its_object():
    names = {ours(alias) for said in SETTINGS.values() for alias in said["env"]}

    assert len(names) == CONTRACT["counts"]["env_names"]
    assert all(getattr(tidemill.settings, name).name == name for name in names)
    assert names == {ours(name) for name in SETTINGS} | set(ALIASES)


def test_every_default_fits_its_own_setting():
    settings = Settings()
    for path, field in BY_PATH.items():
        value = settings.value_of(path)
        assert field.read(value) == value
        assert value is None or field.read(field.write(value)) == value


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in FIELDS.items() if not field.why] == []


def test_secrets_do_not_show():
    secrets = {name: "canary" for name, field in FIELDS.items() if field.secret}

    settings = Settings().copy_with_update(secrets)

    assert settings.api.key == Secret("canary")
    for text in (
        repr(settings),
        str(settings.api),
        str(settings.model_dump(mode="python")),
        settings.model_dump_json(),
        str(settings.to_environment_variables(include_secrets=False)),
        settings.hash_key(),
    ):
        assert "canary" not in text


def test_the_groups_are_there_by_their_names():
    settings = get_current_settings()
    for path in CONTRACT["groups"]:
        value = settings
        for part in path.split("."):
            value = getattr(value, part)
        assert type(value).__name__ == CONTRACT["groups"][path]["model"]


#: Groups and settings of what comes with a later part: deployments, workers, plugins, the user interface, figures.
WAITING = (
    "deployments.", "events.", "experiments.", "flows.heartbeat_frequency", "internal.", "logging.to_api.batch_interval",
    "plugins.", "results.default_storage_block", "runner.",
    "server.events.expired_bucket_buffer", "server.events.proactive_granularity",
    "server.events.related_resource_cache_ttl", "server.flow_run_graph.max_artifacts", "server.log_retryable_errors",
    "server.memoize_block_auto_registration", "server.metrics_enabled", "server.register_blocks_on_start",
    "server.services.event_persister.flush_interval", "server.services.triggers.read_batch_size",
    "server.tasks.scheduling.", "server.ui.", "server.worker_channel.", "tasks.scheduling.", "telemetry.", "testing.",
    "worker.",
)  # fmt: skip


def test_every_setting_is_obeyed_or_says_why_not_or_waits_for_its_part():
    package = Path(tidemill.settings.__file__).parents[1]
    code = "\n".join(path.read_text() for path in package.rglob("*.py") if path.parent.name != "definitions")
    asked_for = set(re.findall(r"\.(\w+)", code))

    ignored = [
        field.path
        for field in FIELDS.values()
        if not field.no_effect
        and not field.path.startswith(WAITING)
        and field.path.split(".")[-1] not in asked_for
        and field.name not in code
    ]

    assert ignored == []
