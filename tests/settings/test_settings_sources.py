"""Which source wins, and what becomes of names nobody knows."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import tidemill.settings as names
from tidemill.settings import Settings, get_current_settings, temporary_settings
from tidemill.settings.context import (
    SettingsContext,
    choose_profile,
    forget_settings,
    root_settings_context,
    use_profile,
)
from tidemill.settings.dotenv import parse_dotenv
from tidemill.settings.errors import UnknownProfile, UnknownSetting, UnknownSettingWarning, UnreadableFile
from tidemill.settings.secret import Secret


def test_stronger_sources_win(profiles, monkeypatch):
    """Each source is laid over the weaker ones; what it brings is seen, and where it comes from."""
    seen = []

    def look() -> None:
        settings = Settings()
        seen.append((settings.api.url, settings.origins["TIDEMILL_API_URL"].kind))

    profiles('active = "p"\n[profiles.p]\nTIDEMILL_API_URL = "profile"\n')
    look()
    Path("pyproject.toml").write_text('[tool.tidemill.api]\nurl = "pyproject"\n')
    look()
    Path("tidemill.toml").write_text('[api]\nurl = "toml"\n')
    look()
    Path(".env").write_text("TIDEMILL_API_URL=dotenv\n")
    look()
    monkeypatch.setenv("TIDEMILL_API_URL", "environment")
    look()

    assert seen == [
        ("profile", "profile"),
        ("pyproject", "pyproject.toml"),
        ("toml", "tidemill.toml"),
        ("dotenv", ".env file"),
        ("environment", "env"),
    ]
    assert Settings(api={"url": "argument"}).api.url == "argument"


def test_the_first_name_wins_over_an_alias_and_an_alias_over_an_old_name(monkeypatch):
    monkeypatch.setenv("TIDEMILL_ORION_DATABASE_ECHO", "true")
    assert Settings().server.database.echo is True
    monkeypatch.setenv("TIDEMILL_API_DATABASE_ECHO", "false")
    assert Settings().server.database.echo is False
    monkeypatch.setenv("TIDEMILL_SERVER_DATABASE_ECHO", "true")
    assert Settings().server.database.echo is True


def test_places_in_the_home_follow_it(home):
    settings = Settings()

    assert settings.home == home
    assert settings.results.local_storage_path == home / "storage"
    assert settings.server.database.connection_url == Secret(f"sqlite:///{home}/tidemill.db")
    assert not home.exists()


def test_what_follows_from_other_settings():
    settings = Settings(api={"url": "http://h:4200/api"}, debug_mode=True)

    assert settings.ui_url == "http://h:4200"
    assert settings.server.ui.api_url == "http://h:4200/api"
    assert (settings.logging.level, settings.internal.logging_level) == ("DEBUG", "DEBUG")
    assert Settings(debug_mode=True, logging={"level": "ERROR"}).logging.level == "ERROR"
    assert Settings(server={"api": {"port": 99}}).server.ui.api_url == "http://127.0.0.1:99/api"


def test_a_database_url_is_put_together_with_its_password_quoted():
    parts = {"driver": "postgresql+asyncpg", "host": "h", "user": "u", "password": "p@/", "name": "n"}

    url = Settings(server={"database": parts}).server.database.connection_url
    assert url is not None
    assert url.get_secret_value() == "postgresql+asyncpg://u:p%40%2F@h:5432/n"


def test_an_unknown_argument_is_refused():
    with pytest.raises(UnknownSetting, match=r"unknown setting 'api\.ulr', did you mean 'api\.url'\?"):
        Settings(api={"ulr": "x"})


def test_an_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="did you mean 'url'"):
        Settings().api.ulr
    with pytest.raises(AttributeError, match="did you mean 'TIDEMILL_API_URL'"):
        names.TIDEMILL_API_ULR


def test_unknown_names_in_files_are_warned_of(profiles):
    profiles('active = "p"\n[profiles.p]\nTIDEMILL_NOTHING_LIKE_IT_AT_ALL_XYZ = "1"\n')
    with pytest.warns(UnknownSettingWarning, match="profile 'p' of"):
        Settings()


def test_a_warning_points_to_who_asked_and_not_into_tidemill(monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_ULR", "x")

    def with_others() -> None:
        with temporary_settings({"TIDEMILL_API_URL": "u"}):
            pass

    for ask in (Settings, get_current_settings, with_others):
        forget_settings()
        with pytest.warns(UnknownSettingWarning) as told:
            ask()
        assert [warning.filename for warning in told] == [__file__]


def test_a_slip_in_the_environment_is_warned_of_and_foreign_names_are_not(monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_ULR", "x")
    with pytest.warns(UnknownSettingWarning, match="did you mean 'TIDEMILL_API_URL'"):
        Settings()
    monkeypatch.delenv("TIDEMILL_API_ULR")
    monkeypatch.setenv("TIDEMILL_QQQQ", "x")
    monkeypatch.setenv("TIDEMILL_LOGGING_HANDLERS_CONSOLE_LEVEL", "INFO")
    monkeypatch.setenv("TIDEMILL_LOGGING_LOGGERS_TIDEMILL_EXTRA_LEVEL", "INFO")
    monkeypatch.setenv("TIDEMILL_EXPERIMENTAL_EVENTS", "true")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Settings()


def test_a_broken_file_is_named():
    Path("tidemill.toml").write_text("[api\n")
    with pytest.raises(UnreadableFile, match=r"tidemill\.toml cannot be read: not TOML: .*line 1"):
        Settings()


@pytest.mark.parametrize("text", ["[project]\nname = 'x'\ndependencies = ['tidemill']\n", "[tool.ruff]\nx = 1\n"])
def test_a_pyproject_without_our_table_is_let_be(text):
    Path("pyproject.toml").write_text(text)
    assert Settings().origins.keys() <= {"TIDEMILL_HOME", "TIDEMILL_SERVER_EPHEMERAL_ENABLED"}


@pytest.mark.parametrize("text", ['[tool]\ntidemill.api.url = "u"\n', '["tool" . tidemill.api]\nurl = "u"\n'])
def test_our_table_is_found_however_it_is_spelt(text):
    Path("pyproject.toml").write_text(text)
    assert Settings().api.url == "u"


def test_dotenv_lines():
    text = """# comment
    export A=1
    B = two words # trailing
    C='it #is "kept" \\n'
    D="line\\nbreak \\"q\\"" # x
    E=a#b
    F=
    not a line
    G="many
lines"
    """
    assert parse_dotenv(text) == {
        "A": "1",
        "B": "two words",
        "C": 'it #is "kept" \\n',
        "D": 'line\nbreak "q"',
        "E": "a#b",
        "F": "",
        "G": "many\nlines",
    }


def test_the_profile_that_is_asked_for_is_used_or_its_absence_told(profiles, monkeypatch):
    profiles('active = "a"\n[profiles.a]\nTIDEMILL_API_URL="a"\n[profiles.b]\nTIDEMILL_API_URL="b"\n')
    monkeypatch.setenv("TIDEMILL_PROFILE", "b")
    assert Settings().api.url == "b"
    monkeypatch.setenv("TIDEMILL_PROFILE", "locl")
    with pytest.raises(
        UnknownProfile, match=r"'locl' \(from environment variable TIDEMILL_PROFILE\).*did you mean 'local'"
    ):
        Settings()


def test_a_chosen_profile_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("TIDEMILL_API_URL", "environment")
    choose_profile("local")
    assert get_current_settings().api.url == "http://127.0.0.1:4200/api"


def test_use_profile_replaces_the_profile_and_nothing_else(profiles, monkeypatch):
    profiles('active = "a"\n[profiles.a]\nTIDEMILL_API_KEY="k"\n[profiles.b]\nTIDEMILL_API_URL="b"\n')
    forget_settings()
    with temporary_settings({"runner.process_limit": 2}), use_profile("b") as context:
        assert context.profile.name == "b"
        assert get_current_settings().api.url == "b"
        assert get_current_settings().api.key is None
        assert get_current_settings().runner.process_limit == 2
        with use_profile("b", include_current_context=False):
            assert get_current_settings().runner.process_limit == 5
    monkeypatch.setenv("TIDEMILL_API_URL", "environment")
    forget_settings()
    with use_profile("b"):
        assert get_current_settings().api.url == "environment"
    with use_profile("b", override_environment_variables=True):
        assert get_current_settings().api.url == "b"


def test_temporary_settings_nest_and_end():
    before = get_current_settings()
    with temporary_settings({names.TIDEMILL_API_URL: "a"}):
        with temporary_settings(set_defaults={"api.url": "b", "TIDEMILL_UI_URL": "u"}) as inner:
            assert (inner.api.url, inner.ui_url) == ("a", "u")
            assert names.TIDEMILL_API_URL.value() == "a"
            assert names.TIDEMILL_API_URL.value_from(before) is None
        with temporary_settings(restore_defaults={names.TIDEMILL_API_URL}) as inner:
            assert inner.api.url is None
    assert get_current_settings() is before


def test_settings_cannot_be_assigned():
    with pytest.raises(AttributeError, match="temporary_settings"):
        Settings().api.url = "x"  # type: ignore[misc]


def test_old_style_objects_are_equal_under_all_their_names():
    assert names.TIDEMILL_TEST_MODE == names.TIDEMILL_TESTING_TEST_MODE
    assert names.TIDEMILL_TEST_MODE.name == "TIDEMILL_TEST_MODE"
    assert len({names.TIDEMILL_TEST_MODE, names.TIDEMILL_TESTING_TEST_MODE}) == 1
    assert pickle.loads(pickle.dumps(names.TIDEMILL_API_KEY)).is_secret
    with temporary_settings({names.TIDEMILL_API_KEY: "k"}):
        assert names.TIDEMILL_API_KEY.value() == "k"


def test_settings_travel_to_other_processes():
    settings = Settings(api={"key": "k"}, client={"custom_headers": {"A": "b"}})

    there = pickle.loads(pickle.dumps(settings))

    assert there == settings
    assert there.origins == settings.origins
    assert pickle.loads(pickle.dumps(settings.client)) == settings.client


def test_a_context_can_be_sent_without_its_secrets(profiles):
    profiles('active = "a"\n[profiles.a]\nTIDEMILL_API_KEY="canary"\n')
    context = root_settings_context()

    assert "canary" in str(context.serialize())
    assert "canary" not in str(context.serialize(include_secrets=False))
    with context:
        assert SettingsContext.get() is context


def test_loading_imports_nothing_heavy():
    heavy = "pydantic asyncio dataclasses inspect json difflib hashlib tomllib msgspec"
    code = (
        "import sys; from tidemill.settings import get_current_settings; get_current_settings().api.url; "
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(names.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
