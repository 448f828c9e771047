from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files

import pytest

from tidemill.store import migrations


def test_each_step_has_its_two_files_and_no_file_stands_outside():
    found = {file.name for file in files(migrations.__package__).iterdir() if file.name.endswith(".sql")}

    assert found == {f"{name}.{direction}.sql" for name in migrations.STEPS for direction in ("up", "down")}


#: By what they say. A step that anybody's database may have taken stays as it is: what is to be otherwise is a new step.
TAKEN = {
    "0001_runs.down.sql": "632384b6462cf90a",
    "0001_runs.up.sql": "2dbc86d15e07d810",
    "0002_inputs.down.sql": "2dae8507d52563bc",
    "0002_inputs.up.sql": "9608d27481c5d2d3",
    "0003_runs_over_rest.down.sql": "10e89ee8a7010119",
    "0003_runs_over_rest.up.sql": "d5c3c911f95ed28c",
    "0004_variables.down.sql": "0130b213bdb16d7e",
    "0004_variables.up.sql": "ba9e79f321df6fae",
    "0005_deployments.down.sql": "2f23ba7861ddbc11",
    "0005_deployments.up.sql": "6ee407fa90445139",
    "0006_events.down.sql": "72601733278ba946",
    "0006_events.up.sql": "57018b70349a8a5e",
    "0007_concurrency.down.sql": "57f262cb9b3b50e7",
    "0007_concurrency.up.sql": "aa37c8bb3f5346e7",
    "0008_blocks.down.sql": "c0d5618540359b9e",
    "0008_blocks.up.sql": "af983eca8f5a688a",
    "0009_server.down.sql": "6622945c93e33be1",
    "0009_server.up.sql": "fd40f728c61582af",
    "0010_api_keys.down.sql": "4e2d18658a1bafb0",
    "0010_api_keys.up.sql": "2ce3c5a2cfc2437e",
    "0011_finding_runs.down.sql": "6209d127d260d207",
    "0011_finding_runs.up.sql": "009af5599aa12f30",
    "0012_counted_runs.down.sql": "e61cd313447d779b",
    "0012_counted_runs.up.sql": "695eaf91826532bd",
    "0013_wide_tallies.down.sql": "c665a30d54d8103a",
    "0013_wide_tallies.up.sql": "446b639ce77f4ff1",
}


def test_a_step_that_may_have_been_taken_stays():
    said = {file.name: file.read_bytes() for file in files(migrations.__package__).iterdir() if file.name in TAKEN}

    assert {name: blake2b(sql, digest_size=8).hexdigest() for name, sql in said.items()} == TAKEN


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
