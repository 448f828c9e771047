"""`tidemill config`, `tidemill profile` and `tidemill version`."""

from __future__ import annotations

import os
import tomllib

import pytest

from tidemill import __version__
from tidemill.settings.context import forget_settings

#: Nobody listens at the port that discards everything.
NOBODY = "http://127.0.0.1:9/api"


def kept(home):
    return tomllib.loads((home / "profiles.toml").read_text())


@pytest.mark.machine
def test_a_profile_that_cannot_be_written_is_told_with_the_file_that_was_meant(cli, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PROFILES_PATH", "/proc/self/profiles.toml")

    assert cli("config set logging.level=DEBUG").err.startswith(f"Error: /proc/{os.getpid()}/profiles.toml: ")


def test_version_says_what_a_bug_report_needs(cli, home):
    told = cli("version")
    facts = dict(line.split(":", 1) for line in told.lines)

    assert told.code == 0
    assert facts["Version"].strip() == __version__
    assert facts["Profile"].strip() == "ephemeral"
    assert facts["Server type"].strip() == "embedded"
    assert facts["Home"].strip() == str(home)


def test_version_is_told_even_with_broken_settings(cli, monkeypatch):
    monkeypatch.setenv("TIDEMILL_RUNNER_PROCESS_LIMIT", "x")
    told = cli("version -o json")

    assert told.code == 0
    assert told.json["version"] == __version__
    assert "TIDEMILL_RUNNER_PROCESS_LIMIT" in told.json["problem"]


def test_version_says_which_server_is_named_and_how_it_is(cli, monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_URL", NOBODY)
    forget_settings()
    facts = cli("version --omit-integrations -o json").json
    assert facts["server_type"] == "server"
    assert facts["api_url"] == NOBODY
    assert facts["server"].startswith("not reachable")
    assert facts["server_version"] is None
    assert "integrations" not in facts


def test_a_setting_is_set_shown_and_unset(cli, home):
    assert cli("config set TIDEMILL_API_URL=http://x/api runner.process_limit=2").lines == [
        "Set 'TIDEMILL_API_URL' to 'http://x/api'.",
        "Set 'TIDEMILL_RUNNER_PROCESS_LIMIT' to '2'.",
        "Updated profile 'ephemeral'.",
    ]
    assert cli("config view").lines[:3] == [
        "TIDEMILL_PROFILE='ephemeral'",
        f"TIDEMILL_HOME='{home}' (from env)",
        "TIDEMILL_API_URL='http://x/api' (from profile)",
    ]
    assert cli("config unset api.url").lines == ["Unset 'TIDEMILL_API_URL'.", "Updated profile 'ephemeral'."]
    assert "TIDEMILL_API_URL" not in kept(home)["profiles"]["ephemeral"]
    assert cli("config unset api.url").code == 1


def test_settings_can_come_as_options(cli, home):
    assert cli("config set --settings TIDEMILL_DEBUG_MODE=1").code == 0
    assert kept(home)["profiles"]["ephemeral"]["TIDEMILL_DEBUG_MODE"] == "1"
    assert cli("config unset --setting-names TIDEMILL_DEBUG_MODE -y").code == 0


@pytest.mark.parametrize(
    ("setting", "code", "message"),
    [
        ("runner.process_limit=x", 2, "expected 'TIDEMILL_RUNNER_PROCESS_LIMIT' to be a whole number above 0, got 'x'"),
        ("TIDEMILL_HOME=/x", 2, "TIDEMILL_HOME cannot stand in a profile, since it says where profiles are"),
        ("TIDEMILL_EXPERIMENTAL_EVENTS=1", 1, "TIDEMILL_EXPERIMENTAL_EVENTS belonged to an earlier version"),
    ],
)
def test_what_cannot_be_set(cli, home, setting, code, message):
    told = cli("config set", setting)
    assert (told.code, told.err.startswith(f"Error: {message}")) == (code, True)
    assert not home.exists()


def test_secrets_are_shown_only_when_asked(cli):
    assert "canary" not in cli("config set TIDEMILL_API_KEY=canary").out
    for line in ("config view", "config view -o json", "profile inspect", "config view --fields name,value -o yaml"):
        assert "canary" not in cli(line).out
        assert "canary" in cli(line, "--show-secrets").out


def test_a_set_value_that_is_overridden_is_remarked_on(cli, monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_URL", "http://env/api")
    told = cli("config set TIDEMILL_API_URL=http://x/api")
    assert told.err.splitlines() == [
        "Note: environment variable TIDEMILL_API_URL still wins over the profile.",
    ]


def test_a_wrong_profile_can_be_mended(cli, profiles):
    profiles('active = "p"\n[profiles.p]\nTIDEMILL_RUNNER_PROCESS_LIMIT = "x"\nTIDEMILL_UI_URL = "u"\n')

    broken = cli("config validate")
    assert broken.code == 1
    assert "TIDEMILL_RUNNER_PROCESS_LIMIT in profile 'p' of" in broken.err
    assert cli("profile ls").code == 0
    assert cli("config unset TIDEMILL_RUNNER_PROCESS_LIMIT").code == 0
    assert cli("config validate").lines == ["Configuration valid!"]


def test_validate_tells_what_is_ignored(cli, profiles):
    profiles('active = "p"\n[profiles.p]\nTIDEMILL_SERVER_DOCKET_NAME = "x"\nTIDEMILL_API_ULR = "u"\n')
    told = cli("config validate")

    assert told.code == 0
    assert "unknown setting 'TIDEMILL_API_ULR'" in told.out
    assert "TIDEMILL_SERVER_DOCKET_NAME has no effect: tidemill's services need no task queue" in told.out


def test_view_in_other_forms(cli):
    told = cli("config view --show-defaults -o json").json
    assert (told["profile"], told["ui_url"]) == ("ephemeral", None)
    rows = {row["name"]: row for row in told["settings"]}
    assert rows["TIDEMILL_LEASE_SECONDS"] | {"why": ""} == {
        "name": "TIDEMILL_LEASE_SECONDS",
        "value": "20.0",
        "source": "defaults",
        "unit": "seconds",
        "why": "",
    }
    assert "source" not in cli("config view --hide-sources -o json").json["settings"][0]
    assert "TIDEMILL_HOME" in cli("config view -o name").lines


def test_unset_asks_only_where_somebody_can_answer(cli):
    cli("config set TIDEMILL_DEBUG_MODE=1")
    assert cli("--prompt config unset TIDEMILL_DEBUG_MODE", answer="n\n").code == 1
    assert cli("--prompt config unset TIDEMILL_DEBUG_MODE", answer="y\n").code == 0


def test_an_interrupted_question_ends_with_130(cli):
    cli("config set TIDEMILL_DEBUG_MODE=1")
    assert cli("--prompt config unset TIDEMILL_DEBUG_MODE", answer="").code == 130


def test_the_life_of_a_profile(cli, home):
    assert cli("profile create a --from local").lines[0] == "Created profile 'a' from 'local'."
    assert cli("profile create a").code == 1
    used = cli("profile use a")
    assert used.lines[0] == "Profile 'a' is active."
    assert "The server at http://127.0.0.1:4200/api is " in used.out + used.err
    assert cli("profile use ephemeral").lines == ["Profile 'ephemeral' is active.", f"Runs are recorded in {home}"]
    assert cli("profile use a").code == 0
    assert cli("profile inspect").out == "TIDEMILL_API_URL='http://127.0.0.1:4200/api'\n"
    assert cli("profile delete a").code == 1
    assert cli("profile rename a b").out == "Renamed profile 'a' to 'b'.\n"
    assert kept(home) == {"active": "b", "profiles": {"b": {"TIDEMILL_API_URL": "http://127.0.0.1:4200/api"}}}
    assert {"name": "b", "active": True, "source": str(home / "profiles.toml")} in cli("profile ls -o json").json
    assert cli("profiles use --name ephemeral").code == 0
    assert cli("--prompt profile delete b", answer="n\n").code == 1
    assert cli("profile delete b").out == "Removed profile 'b'.\n"
    assert kept(home) == {"active": "ephemeral", "profiles": {}}


def test_profiles_are_listed_as_lines_in_a_pipe(cli):
    assert cli("profile ls").lines == ["*\tephemeral", "\tlocal", "\ttest", "\tcloud"]
    assert cli("profile ls -o name").lines == ["ephemeral", "local", "test", "cloud"]
    assert cli("-p test profile ls --fields name,active").lines[2] == "test\t*"


def test_built_in_profiles_are_written_on_request(cli, home):
    assert cli("profile delete test").err == "Error: profile 'test' is built in and cannot be deleted\n"
    assert cli("profile populate-defaults").code == 0
    assert set(kept(home)["profiles"]) == {"ephemeral", "local", "test", "cloud"}
    assert cli("profile populate-defaults").out == "All built-in profiles are in the file already.\n"
    assert cli("profile delete test").code == 0


def test_a_name_that_nobody_could_type_is_refused(cli):
    assert cli("profile create", "a\nb").code == 2


def test_a_profile_with_anything_in_it_can_be_inspected(cli, profiles):
    profiles('[profiles.p]\nTIDEMILL_API_URL = "u"\nODD_PASSWORD = "canary"\n')
    assert cli("profile inspect p").lines == ["TIDEMILL_API_URL='u'", "ODD_PASSWORD='********'"]


def test_a_profile_that_the_environment_names_must_be_there_for_commands_that_need_none(cli, home, monkeypatch):
    monkeypatch.setenv("TIDEMILL_PROFILE", "locl")

    told = cli("flow-run ls")

    assert (told.code, told.err.splitlines()[0]) == (
        3, "Error: profile 'locl' (from environment variable TIDEMILL_PROFILE) not found, did you mean 'local'?",
    )  # fmt: skip


def test_debug_mode_shows_tracebacks_wherever_it_is_set(cli, monkeypatch):
    assert "Traceback" not in cli("profile use nowhere").err

    cli("config set debug_mode=t")
    forget_settings()
    assert "Traceback" in cli("profile use nowhere").err

    cli("config unset debug_mode")
    forget_settings()
    monkeypatch.setenv("TIDEMILL_DEBUG_MODE", "1")
    monkeypatch.setenv("TIDEMILL_RUNNER_PROCESS_LIMIT", "x")  # which keeps settings from being read
    assert "Traceback" in cli("profile use nowhere").err


def test_a_name_of_the_field_leads_to_ours(cli):
    told = cli("config set PREFECT_API_URL=http://host/api")

    assert (told.code, "did you mean 'TIDEMILL_API_URL'?" in told.err) == (2, True)
