from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tidemill.exceptions import ConfigurationError
from tidemill.logging.choices import LoggingChoices, choices_of
from tidemill.logging.configuration import (
    DEFAULT_LOGGING_SETTINGS_PATH,
    default_config,
    load_logging_config,
    overridden,
)
from tidemill.settings import TIDEMILL_LOGGING_LEVEL, Settings, temporary_settings


def run(tmp_path, code, **environment):
    """What a process of its own prints and logs, since logging is set up once in each."""
    script = tmp_path / "script.py"
    script.write_text("from tidemill import flow, task, get_run_logger\nimport logging, sys\n" + textwrap.dedent(code))
    environment = {"TIDEMILL_HOME": str(tmp_path / "home"), "PYTHONPATH": ":".join(sys.path), "PATH": "", **environment}
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout, done.stderr


HELLO = """
@flow(flow_run_name="owl")
def hello():
    get_run_logger().debug("quietly")
    get_run_logger().info("hello")
    logging.getLogger("library").info("from a library")
hello()
"""
KEPT = """
from tidemill.engine.runtime import runtime
runtime().recorder.wait_applied()
for line in runtime().ledger.store.read_logs(limit=-1): print(line.name, line.message)
"""


def test_importing_sets_nothing_up(tmp_path):
    out, _ = run(
        tmp_path, "import tidemill.logging\nprint(logging.getLogger('tidemill').handlers, logging.root.handlers)"
    )

    assert out == "[] []\n"


def test_lines_come_to_stderr_in_the_way_the_field_is_used_to(tmp_path):
    out, err = run(tmp_path, HELLO + "print('rich' in sys.modules, logging.root.handlers)")

    assert out == "False []\n"
    times, rests = zip(*(line.split(" | ", 1) for line in err.splitlines()), strict=True)
    assert "INFO    | Flow run 'owl' - hello" in rests
    assert all(len(time) == len("12:34:56.789") for time in times)


def test_levels_and_formats_are_chosen_by_variables(tmp_path):
    _, err = run(
        tmp_path,
        HELLO,
        TIDEMILL_LOGGING_LEVEL="DEBUG",
        TIDEMILL_LOGGING_FORMATTERS_STANDARD_FLOW_RUN_FMT="%(levelname)s:%(flow_name)s:%(message)s",
    )

    assert "DEBUG:hello:quietly" in err.splitlines()


def test_extra_loggers_are_kept_with_the_run(tmp_path):
    out, err = run(tmp_path, HELLO + KEPT, TIDEMILL_LOGGING_EXTRA_LOGGERS="library")

    assert "library from a library" in out.splitlines()
    assert err.count("from a library") == 1


def test_a_users_own_logging_stays_and_no_line_is_shown_twice(tmp_path):
    out, err = run(
        tmp_path,
        "logging.basicConfig(format='MINE %(message)s', level='INFO')\nmine = list(logging.root.handlers)\n"
        + HELLO
        + "print(logging.root.handlers == mine)",
    )

    assert out == "True\n"
    assert err.splitlines().count("MINE hello") == 1
    assert err.count(" hello") == 1


def test_handlers_a_user_has_put_on_our_loggers_stay(tmp_path):
    out, _ = run(
        tmp_path,
        "own = logging.NullHandler()\nlogging.getLogger('tidemill.flow_runs').addHandler(own)\n"
        + HELLO
        + "print(own in logging.getLogger('tidemill.flow_runs').handlers)",
    )

    assert out == "True\n"


def test_lines_are_not_kept_where_that_is_not_wanted(tmp_path):
    out, err = run(tmp_path, HELLO + KEPT, TIDEMILL_LOGGING_TO_API_ENABLED="false")

    assert out == ""
    assert "hello" in err


def test_setting_up_again_changes_levels_and_adds_nothing(tmp_path):
    out, _ = run(
        tmp_path,
        HELLO
        + """
from tidemill.logging.configuration import ensure_logging_setup, setup_logging
from tidemill.settings import TIDEMILL_LOGGING_LEVEL, temporary_settings
before = list(logging.getLogger("tidemill").handlers)
ensure_logging_setup()
with temporary_settings({TIDEMILL_LOGGING_LEVEL: "ERROR"}): setup_logging()
print(logging.getLogger("tidemill").handlers == before, logging.getLogger("tidemill").level)
setup_logging(incremental=False)
print(len(logging.getLogger("tidemill").handlers) == len(before))
""",
    )

    assert out == "True 40\nTrue\n"


def test_a_file_replaces_our_set_up(tmp_path):
    file = tmp_path / "logging.toml"
    file.write_text(
        """
        version = 1
        [formatters.mine]
        format = "FILE %(message)s"
        [handlers.console]
        class = "tidemill.logging.handlers.TidemillConsoleHandler"
        formatter = "mine"
        [handlers.api]
        class = "tidemill.logging.handlers.APILogHandler"
        [loggers.tidemill]
        level = "${TIDEMILL_LOGGING_LEVEL}"
        handlers = ["console"]
        [loggers."tidemill.flow_runs"]
        handlers = ["api"]
        """
    )

    out, err = run(tmp_path, HELLO + KEPT, TIDEMILL_LOGGING_CONFIG_PATH=str(file), TIDEMILL_LOGGING_LEVEL="DEBUG")

    assert "FILE quietly" in err.splitlines()
    assert "tidemill.flow_runs quietly" in out.splitlines()


def test_a_file_in_the_home_is_found(tmp_path):
    (tmp_path / "logging.json").write_text('{"version": 1, "loggers": {"tidemill": {"level": "ERROR"}}}')

    assert choices_of(Settings(home=tmp_path)).config_path == tmp_path / "logging.json"


def test_lists_and_numbers_are_overridden_by_variables():
    config = default_config(LoggingChoices())

    chosen = overridden(
        config,
        {
            "TIDEMILL_LOGGING_LOGGERS_TIDEMILL_EXTRA_HANDLERS": "console, other",
            "TIDEMILL_LOGGING_HANDLERS_API_MAX_LOG_SIZE": "12",
            "TIDEMILL_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",
            "TIDEMILL_LOGGING_HANDLERS_CONSOLE_COLORS": "no",
        },
    )

    assert chosen["loggers"]["tidemill.extra"]["handlers"] == ["console", "other"]
    assert chosen["handlers"]["api"]["max_log_size"] == 12
    assert chosen["handlers"]["console"]["level"] == "WARNING"
    assert chosen["handlers"]["console"]["colors"] is False
    assert config["handlers"]["console"]["level"] == 0


def test_a_file_that_was_named_must_be_there(tmp_path):
    named = Settings(home=tmp_path, logging={"config_path": tmp_path / "none.toml"})

    with pytest.raises(ConfigurationError, match="no such file"):
        choices_of(named)


def test_every_secret_of_the_settings_is_kept_out(tmp_path):
    settings = Settings(home=tmp_path, api={"key": "tk_12345", "auth_string": "ada:lovelace"})

    assert choices_of(settings).secrets == ("ada:lovelace", "tk_12345")


def test_of_an_address_only_the_password_is_a_secret(tmp_path):
    settings = Settings(home=tmp_path, server={"database": {"connection_url": "postgresql://ada:s%21cret@host/db"}})

    assert choices_of(settings).secrets == ("s%21cret", "s!cret")


@pytest.mark.parametrize(("name", "content"), [("a.toml", "= ="), ("a.json", "[]"), ("a.json", "{")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content):
    (tmp_path / name).write_text(content)

    with pytest.raises(ConfigurationError, match=name):
        load_logging_config(tmp_path / name)


def test_a_configuration_that_does_not_hold_is_refused(tmp_path):
    (tmp_path / "logging.json").write_text(
        '{"version": 1, "handlers": {"h": {"class": "nowhere.Handler"}}, "loggers": {"tidemill": {"handlers": ["h"]}}}'
    )

    _, err = run(tmp_path, HELLO, TIDEMILL_LOGGING_CONFIG_PATH=str(tmp_path / "logging.json"))

    assert "ConfigurationError" in err
    assert "logging.json" in err.splitlines()[-1]


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_file_to_begin_from_says_what_is_set_up_without_one(level):
    with temporary_settings({TIDEMILL_LOGGING_LEVEL: level}):
        assert load_logging_config(DEFAULT_LOGGING_SETTINGS_PATH) == default_config(LoggingChoices(level=level))


def test_runs_can_be_set_up_by_that_file(tmp_path):
    out, err = run(tmp_path, HELLO + KEPT, TIDEMILL_LOGGING_CONFIG_PATH=str(DEFAULT_LOGGING_SETTINGS_PATH))

    assert "tidemill.flow_runs hello\n" in out
    assert "INFO    | Flow run 'owl' - hello" in err
