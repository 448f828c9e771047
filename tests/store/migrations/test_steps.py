from __future__ import annotations

from importlib.resources import files

import pytest

from tidemill.store import migrations


def test_each_step_has_its_two_files_and_no_file_stands_outside():
    found = {file.name for file in files(migrations.__package__).iterdir() if file.name.endswith(".sql")}

    assert found == {f"{name}.{direction}.sql" for name in migrations.STEPS for direction in ("up", "down")}


def test_steps_are_numbered_without_a_gap():
    assert [int(name[:4]) for name in migrations.STEPS] == list(range(1, migrations.CURRENT + 1))


def test_the_way_down_is_the_way_up_backwards():
    assert [step.leads_to for step in migrations.way(0)] == list(range(1, migrations.CURRENT + 1))
    assert [step.leads_to for step in migrations.way(migrations.CURRENT, 0)] == list(range(migrations.CURRENT))[::-1]
    assert migrations.way(1, 1) == []


@pytest.mark.parametrize(("version", "target"), [(migrations.CURRENT + 1, 0), (0, migrations.CURRENT + 1), (0, -1)])
def test_there_is_no_way_beyond_what_is_known(version, target):
    with pytest.raises(ValueError, match="there are steps from version 0"):
        migrations.way(version, target)
