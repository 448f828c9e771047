"""Programs written for the peer run where tidemill and the alias are installed; names resolve, and say so if they cannot."""

from __future__ import annotations

import json
import zipfile

import pytest

from tests.contract.report import baseline
from tidemill._version import __version__

pytestmark = pytest.mark.machine  # it makes an environment, which differs by system

SCRIPT = """
import asyncio
from datetime import timedelta

from prefect import flow, get_client, task
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterName
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.tasks import task_input_hash


@task(retries=1, cache_key_fn=task_input_hash, cache_expiration=timedelta(hours=1))
def double(x: int) -> int:
    return 2 * x


@flow(name="doubles", flow_run_name="doubles-{n}")
def doubles(n: int = 3) -> list[int]:
    return [future.result() for future in double.map(range(n))]


@flow
async def ask() -> str:
    async with get_client() as client:
        assert isinstance(client, PrefectClient)
        runs = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=["doubles-3"])), sort=FlowRunSort.START_TIME_DESC
        )
        return f"{runs[0].name} {runs[0].state_name} {await runs[0].state.aresult()}"


if __name__ == "__main__":
    print(doubles())
    print(asyncio.run(ask()))
"""


def test_a_script_for_the_peer_runs_unchanged(environment, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    ran = environment.run(str(script))

    assert ran.stdout.splitlines() == ["[0, 2, 4]", "doubles-3 Completed [0, 2, 4]"], ran.stderr


def test_every_name_that_is_there_can_be_imported_through_the_alias(environment, tmp_path):
    listed = tmp_path / "names.json"
    names = sorted(label for label in baseline() if ":" in label)
    listed.write_text(json.dumps(names))
    program = f"""
import importlib, json
failed = []
for label in json.load(open({str(listed)!r})):
    module, _, attributes = label.replace("tidemill", "prefect").replace("Tidemill", "Prefect").replace(
        "TIDEMILL", "PREFECT").partition(":")
    owner = importlib.import_module(module)
    name = attributes.partition(".")[0]
    if name and not hasattr(owner, name):
        failed.append(label)
print(json.dumps(failed))
"""

    ran = environment.run("-c", program)

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == []
    assert len(names) > 1000


TRUE = [
    "import prefect, tidemill; assert prefect is tidemill",
    "import prefect.flows, tidemill.flows; assert prefect.flows is tidemill.flows",
    "import tidemill.flows; spec = tidemill.flows.__spec__; import prefect.flows; assert tidemill.flows.__spec__ is spec",
    "from prefect import flow; import tidemill; assert flow is tidemill.flow",
    "from prefect.exceptions import PrefectException as e; import tidemill.exceptions; assert e is tidemill.exceptions.TidemillException",
    "import prefect; assert not hasattr(prefect, 'nonsense')",
    "import pickle, prefect.states; assert pickle.loads(pickle.dumps(prefect.states.State)) is prefect.states.State",
]
#: A program, and what the error says that it ends with.
MISSING = {
    "import prefect.docker": "ModuleNotFoundError: tidemill {} has no 'prefect.docker': building and pushing Docker images",
    "from prefect import nonsense": "ImportError: tidemill {} has no 'prefect.nonsense'",
    "import prefect; prefect.nonsense": "AttributeError: tidemill {} has no 'prefect.nonsense'",
    "import prefect.nonsense": "ModuleNotFoundError: tidemill {} has no 'prefect.nonsense'",
}
#: Runs programs one after the other; says what each ended with.
RUNNER = """
import json, sys
assert not any(name.startswith("tidemill.") for name in sys.modules), "an interpreter that starts loads none of it"
ends = []
for program in json.loads(sys.argv[1]):
    try:
        exec(program, {})
        ends.append("well")
    except Exception as error:
        ends.append(f"{type(error).__name__}: {error}")
print(json.dumps(ends))
"""


@pytest.fixture(scope="module")
def ends(environment):
    programs = [*TRUE, *MISSING]
    ran = environment.run("-c", RUNNER, json.dumps(programs))
    assert ran.returncode == 0, ran.stderr
    return dict(zip(programs, json.loads(ran.stdout), strict=True))


@pytest.mark.parametrize("program", TRUE)
def test_the_alias_is_the_same_thing(ends, program):
    assert ends[program] == "well"


@pytest.mark.parametrize("program", MISSING)
def test_what_is_not_there_says_so(ends, program):
    assert ends[program].startswith(MISSING[program].format(__version__))


def test_settings_of_the_peer_count_unless_ours_are_set(environment):
    program = "from prefect.settings import PREFECT_API_URL, PREFECT_TASKS_DEFAULT_RETRIES as r; print(PREFECT_API_URL.value(), r.value())"
    said = {
        "PREFECT_API_URL": "http://a/api",
        "PREFECT_TASKS_DEFAULT_RETRIES": "3",
        "TIDEMILL_TASKS_DEFAULT_RETRIES": "2",
    }

    ran = environment.run("-c", program, **said)

    assert ran.stdout == "http://a/api 2\n", ran.stderr


@pytest.mark.parametrize("arguments", [("-m", "prefect"), ("-c", "from tidemill_prefect.command import main; main()")])
def test_the_command_is_tidemills(environment, arguments):
    ran = environment.run(*arguments, "--version")

    assert ran.stdout.strip() == __version__, ran.stderr


def test_the_command_sets_settings_by_their_names_there(environment):
    command = "from tidemill_prefect.command import main; main()"

    told = environment.run("-c", command, "config", "set", "PREFECT_API_URL=http://PREFECT_HOST/api")

    assert "Set 'TIDEMILL_API_URL' to 'http://PREFECT_HOST/api'." in told.stdout, told.stderr
    assert environment.run("-c", command, "config", "unset", "PREFECT_API_URL", "-y").returncode == 0


def test_beside_the_real_one_it_is_refused(environment, tmp_path):
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "__init__.py").write_text("")

    ran = environment.run("-c", f"import sys; sys.path.append({str(tmp_path)!r}); import prefect")

    assert "ImportError: tidemill-prefect stands in for Prefect, and there is one at" in ran.stderr
    assert "pip uninstall" in ran.stderr


def test_the_wheel_has_no_name_of_the_peers(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    metadata = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("METADATA"))).decode()

    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"tidemill_prefect", "tidemill_prefect.pth"}
    assert "\nName: tidemill-prefect\n" in metadata
