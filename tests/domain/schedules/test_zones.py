"""Wall clocks and instants."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.domain.schedules.transitions import ZONES, instant, offset, remarkable, utc, zone_and_moment
from tidemill.domain.schedules.zones import instants, wall_before, zone_named
from tidemill.exceptions import OptionError


def expected(walls, zone, after):
    return sorted({fire for wall in walls if (fire := instant(wall, zone)) > after})


def every(minutes, around, days=1):
    first = around.replace(tzinfo=None, minute=0, second=0, microsecond=0) - dt.timedelta(days=days)
    return [first + dt.timedelta(minutes=step) for step in range(0, 2 * days * 1440, minutes)]


def test_every_zone_is_exact_where_its_clocks_jump_most():
    jumps = {
        (second, offset(ZoneInfo(name), second), moved): name for name in ZONES for moved, second in remarkable(name)
    }
    assert len(jumps) > 300

    for (second, *_), name in list(jumps.items())[:: 1 if FULL else 5]:
        zone = ZoneInfo(name)
        walls = every(20, utc(second))
        for after in (utc(second - 3 * 3600 - 1), utc(second + 600)):
            found = list(instants((wall for wall in walls if wall >= wall_before(after, zone)), zone, after))

            assert found == expected(walls, zone, after), (name, second)


@given(zone_and_moment(), st.sets(st.integers(-1500, 1500), max_size=40))
def test_any_walls_become_what_an_oracle_says(where, minutes):
    name, moment = where
    zone = ZoneInfo(name)
    local = moment.astimezone(zone).replace(tzinfo=None)
    walls = sorted(local + dt.timedelta(minutes=each) for each in minutes)

    seen_from = [wall for wall in walls if wall >= wall_before(moment, zone)]

    assert list(instants(seen_from, zone, moment)) == expected(walls, zone, moment)


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Base",
        "europe/berlin",
        "../../etc/passwd",
        "/etc/passwd",
        "Europe",
        "a\0b",
        ["UTC"],
        5,
        "\ud800",
        "x" * 9999,
        "tzdata.zi",
    ],
)
def test_a_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(OptionError, match="expected 'timezone' to be "):
        zone_named(name)


def test_a_zone_nearly_right_is_suggested():
    with pytest.raises(OptionError, match="did you mean 'Europe/Berlin'"):
        zone_named("Europe/Berln")


@pytest.mark.parametrize("name", [None, ""])
def test_no_zone_is_utc(name):
    assert zone_named(name).key == "UTC"
