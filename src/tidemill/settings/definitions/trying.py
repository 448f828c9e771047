"""Tests."""

from __future__ import annotations

from tidemill.settings.declare import Group, setting


class TestingSettings(Group):
    """For tests of tidemill and of your flows."""

    __test__ = False  # pytest would collect it for its name

    test_mode: bool = setting(False, "this process runs tests", aliases=("TEST_MODE",))
    unit_test_mode: bool = setting(False, "this process runs unit tests", aliases=("UNIT_TEST_MODE",))
    unit_test_loop_debug: bool = setting(True, "asyncio's debug mode in unit tests", aliases=("UNIT_TEST_LOOP_DEBUG",))
    test_setting: object = setting("FOO", "nothing; to try the settings themselves", aliases=("TEST_SETTING",))
