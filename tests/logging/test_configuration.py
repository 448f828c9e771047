from __future__ import annotations

import logging
import subprocess
import sys
import textwrap

import pytest

from tidemill.exceptions import ConfigurationError
from tidemill.logging.choices import read_choices
from tidemill.logging.configuration import default_config, load_logging_config, overridden


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
for line in runtime().ledger._store.read_logs(limit=-1): print(line.name, line.message)
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
import os
from tidemill.logging.configuration import ensure_logging_setup, setup_logging
before = list(logging.getLogger("tidemill").handlers)
ensure_logging_setup()
os.environ["TIDEMILL_LOGGING_LEVEL"] = "ERROR"
setup_logging()
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

    assert read_choices({"TIDEMILL_HOME": str(tmp_path)}).config_path == tmp_path / "logging.json"


def test_lists_and_numbers_are_overridden_by_variables():
    config = default_config(read_choices({"TIDEMILL_HOME": "/nowhere"}))

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


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("TIDEMILL_LOGGING_LEVEL", "INFOO", "did you mean 'INFO'"),
        ("TIDEMILL_LOGGING_TO_API_MAX_LOG_SIZE", "-3", "positive number of bytes"),
        ("TIDEMILL_LOGGING_COLORS", "perhaps", "true or false"),
        ("TIDEMILL_LOGGING_TO_API_WHEN_MISSING_FLOW", "warm", "did you mean 'warn'"),
        ("TIDEMILL_LOGGING_CONFIG_PATH", "/no/such/file.toml", "no such file"),
        ("TIDEMILL_LOGGING_EXTRA_LOGGERS", "[1", "commas"),
    ],
)
def test_choices_that_make_no_sense_are_named(variable, value, advice):
    with pytest.raises(ConfigurationError, match=advice) as raised:
        read_choices({"TIDEMILL_HOME": "/nowhere", variable: value})

    assert variable in str(raised.value)


def test_names_come_with_commas_or_as_json():
    for said in ("a, b,a", '["a", "b"]'):
        assert read_choices({"TIDEMILL_HOME": "/n", "TIDEMILL_LOGGING_EXTRA_LOGGERS": said}).extra_loggers == ("a", "b")


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


def test_levels_are_the_standard_library_s():
    assert logging.getLevelName(read_choices({"TIDEMILL_HOME": "/n", "TIDEMILL_LOGGING_LEVEL": "debug"}).level) == 10
