"""Profiles in their file: kept exactly, privately, and without harm to what people wrote around them."""

from __future__ import annotations

import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.exceptions import ConfigurationError
from tidemill.settings import (
    Profile,
    ProfilesCollection,
    Settings,
    load_current_profile,
    load_profile,
    load_profiles,
    save_profiles,
    update_current_profile,
)
from tidemill.settings.context import forget_settings
from tidemill.settings.errors import InvalidSettings, UnknownProfile, UnknownSetting
from tidemill.settings.profile_edit import edited
from tidemill.settings.profiles import changing_profiles
from tidemill.settings.toml_text import write_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), TEXT)
VALUES = st.one_of(TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
PROFILES = st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4)
TABLES = st.recursive(
    st.one_of(VALUES, st.dates(), st.lists(VALUES, max_size=3)),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TABLES, max_size=4))
def test_what_is_written_is_read_again(tables):
    assert tomllib.loads(write_toml(tables)) == tables


@given(PROFILES, PROFILES, st.none() | NAMES, st.dictionaries(NAMES, TABLES, max_size=2))
def test_an_edit_says_what_it_should_and_keeps_other_tables(before, after, active, others):
    others = {key: value for key, value in others.items() if key not in {"active", "profiles"}}
    text = write_toml({"active": "x", **others, "profiles": before})

    now = tomllib.loads(edited(text, active, after))

    assert now == {**({} if active is None else {"active": active}), **others, "profiles": after}


WRITTEN_BY_HAND = """\
# my profiles
active = "dev" # for now

[profiles.dev]
# the office server
TIDEMILL_API_URL = "http://dev/api" # port?
TIDEMILL_API_KEY = 'k#1'

[notes]
mine = [1,
  2]

# only at night
[profiles.prod]
TIDEMILL_API_URL = "http://prod/api"
"""


def test_comments_and_other_tables_stay():
    profiles = {"dev": {"TIDEMILL_API_URL": "http://new/api", "TIDEMILL_DEBUG_MODE": "1"}, "extra": {}}

    assert (
        edited(WRITTEN_BY_HAND, "extra", profiles)
        == """\
# my profiles
active = "extra" # for now

[profiles.dev]
# the office server
TIDEMILL_API_URL = "http://new/api" # port?
TIDEMILL_DEBUG_MODE = "1"

[notes]
mine = [1,
  2]

# only at night

[profiles.extra]
"""
    )


def test_an_edit_that_changes_nothing_changes_no_byte():
    profiles = tomllib.loads(WRITTEN_BY_HAND)["profiles"]
    assert edited(WRITTEN_BY_HAND, "dev", profiles) == WRITTEN_BY_HAND


def test_what_cannot_be_edited_by_lines_is_written_anew():
    text = 'profiles = {a = {X = "1"}}\n[other]\ny = 2\n'
    assert tomllib.loads(edited(text, "a", {"a": {"X": "2"}})) == {
        "active": "a",
        "other": {"y": 2},
        "profiles": {"a": {"X": "2"}},
    }


def test_profiles_are_saved_for_this_user_alone_and_built_in_ones_not_at_all(home):
    profiles = load_profiles()
    profiles.add_profile(Profile("mine", {"TIDEMILL_API_KEY": "k"}))
    profiles.set_active("mine")

    save_profiles(profiles)

    path = home / "profiles.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert tomllib.loads(path.read_text()) == {"active": "mine", "profiles": {"mine": {"TIDEMILL_API_KEY": "k"}}}
    assert load_profiles() == profiles
    assert list(home.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(home, tmp_path):
    home.mkdir()
    real = tmp_path / "dotfiles.toml"
    real.write_text("# kept\n")
    (home / "profiles.toml").symlink_to(real)

    save_profiles(ProfilesCollection([Profile("mine", {})], "mine"))

    assert (home / "profiles.toml").is_symlink()
    assert real.read_text().startswith('active = "mine"\n# kept')


def test_the_current_profile_is_updated_under_any_of_the_names(profiles):
    path = profiles('active = "p"\n[profiles.p]\nTIDEMILL_TEST_MODE = "1"\n')

    updated = update_current_profile({"TIDEMILL_TESTING_TEST_MODE": "0", "api.url": "u"})

    assert updated.to_environment_variables() == {"TIDEMILL_TESTING_TEST_MODE": "0", "TIDEMILL_API_URL": "u"}
    forget_settings()
    assert (Settings().testing.test_mode, Settings().api.url) == (False, "u")
    update_current_profile({"TIDEMILL_API_URL": None})
    assert "API_URL" not in path.read_text()


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"TIDEMILL_RUNNER_PROCESS_LIMIT": "x"}, InvalidSettings),
        ({"TIDEMILL_API_ULR": "x"}, UnknownSetting),
        ({"TIDEMILL_EXPERIMENTAL_EVENTS": "1"}, InvalidSettings),
    ],
)
def test_an_update_that_does_not_fit_changes_nothing(home, settings, error):
    with pytest.raises(error):
        update_current_profile(settings)
    assert not home.exists()


def test_changing_a_built_in_profile_keeps_a_copy_of_it(home):
    update_current_profile({"TIDEMILL_API_URL": "u"})
    assert tomllib.loads((home / "profiles.toml").read_text())["profiles"] == {
        "ephemeral": {"TIDEMILL_SERVER_EPHEMERAL_ENABLED": "true", "TIDEMILL_API_URL": "u"}
    }


def test_the_collection():
    collection = ProfilesCollection([Profile("a"), Profile("b")], "a")

    assert collection.names == {"a", "b"}
    assert collection.active_profile == Profile("a")
    with pytest.raises(UnknownProfile):
        collection.set_active("c")
    with pytest.raises(ValueError, match="already exists"):
        collection.add_profile(Profile("a"))
    collection.remove_profile("b")
    assert list(collection) == ["a"]
    assert collection.without_profile_source(None).names == set()


def test_load_profile():
    assert load_profile("local").to_environment_variables() == {"TIDEMILL_API_URL": "http://127.0.0.1:4200/api"}
    assert load_current_profile().name == "ephemeral"
    with pytest.raises(UnknownProfile, match="did you mean 'local'"):
        load_profile("locals")


def test_changes_that_several_make_at_once_are_all_kept(home):
    names = [f"p{number}" for number in range(20)]

    def add(name: str) -> None:
        with changing_profiles() as profiles:
            profiles.add_profile(Profile(name, {}, home / "profiles.toml"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, names))

    assert set(tomllib.loads((home / "profiles.toml").read_text())["profiles"]) == set(names)
    assert [each.name for each in home.iterdir()] == ["profiles.toml"]


def test_a_change_that_ends_in_an_error_is_not_saved(home):
    def change() -> None:
        with changing_profiles() as profiles:
            profiles.add_profile(Profile("p", {}, home / "profiles.toml"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()

    assert list(home.iterdir()) == []


def test_what_is_no_character_is_refused_and_the_file_stays(profiles):
    path = profiles("# mine\n")

    with pytest.raises(ConfigurationError, match=r"cannot hold '.udcff'"):
        update_current_profile({"TIDEMILL_UI_URL": "\udcff"})

    assert path.read_text() == "# mine\n"
