"""Flows recorded over a network that loses, doubles, delays, reorders and cuts off (F16): what the server has in the end
is what happened, once.
"""

from __future__ import annotations

import pytest

from tests.engine.fixtures import in_use
from tests.faults.proxy import Fate, misbehaving
from tests.serving import free_port, serving
from tidemill import flow, task
from tidemill.api.remote.home import RemoteHome
from tidemill.concurrency.sync import concurrency
from tidemill.domain.limits import ConcurrencyLimit
from tidemill.domain.states import StateType, from_us
from tidemill.engine.opening import runtime_of
from tidemill.engine.runtime import EngineSettings
from tidemill.store.sqlite.store import SqliteStore

BAD = {Fate.PASSES: 16, Fate.LOST: 1, Fate.ANSWER_LOST: 2, Fate.DOUBLED: 2, Fate.DELAYED: 1, Fate.CUT: 1, Fate.LATE: 2}
SAMPLE, ALL = range(3), range(60)


@task(retries=1, retry_delay_seconds=0)
def shaky(number, seen):
    seen.append(number)
    if number == 3 and seen.count(3) == 1:
        raise ValueError("once")
    return number


@task
def with_slot(number):
    with concurrency("one at a time"):
        return number


@flow
def within(numbers, seen):
    return sum(shaky.submit(number, seen).result() for number in numbers)


@flow
def whole(count, seen):
    return within(range(count), seen) + with_slot(1) + with_slot(2)


@pytest.mark.faults
@pytest.mark.parametrize("which", ["sample", "all"])
def test_F16_what_is_lost_doubled_or_cut_off_counts_once(tmp_path, full_faults, which):
    if (which == "all") != full_faults:
        pytest.skip("the sample and the full figure take turns")
    for seed in ALL if full_faults else SAMPLE:
        one_seed(tmp_path / str(seed), seed)


def one_seed(folder, seed):
    port = free_port()
    with SqliteStore.open(folder / "server" / "tidemill.db") as store:
        now = from_us(1)
        limit = ConcurrencyLimit(
            id=f"00000000-0000-4000-8000-{seed:012}",
            name="one at a time",
            limit=1,
            active_slots=0,
            created=now,
            updated=now,
        )
        store.create_limit(limit, 1)
        with serving(store, port=port), misbehaving(port, seed, BAD) as (proxy, url):
            home = RemoteHome(folder / "client", url)
            seen: list[int] = []
            with in_use(runtime_of(home, EngineSettings())):
                assert whole(6, seen) == 18
            home.recorder.wait_applied()
            proxy.calm = True
            home.close()
        check(store, seed, proxy)
        assert seen.count(3) == 2
        assert len(seen) == 7


def check(store, seed, proxy):
    said = f"seed {seed}: {dict(proxy.seen)}"
    runs = store.find_flow_runs()
    assert sorted((run.flow_name, run.state_type) for run in runs) == [
        ("whole", StateType.COMPLETED),
        ("within", StateType.COMPLETED),
    ], said
    tasks = [one for one in store.find_task_runs(limit=-1) if one.child_flow_run_id is None]
    assert len(tasks) == 8, said
    assert {one.state_type for one in tasks} == {StateType.COMPLETED}, said
    for run in runs:
        names = [state.name for state in store.flow_run_states(run.id)]
        assert names[-1] == "Completed", said
        assert len(names) == len(set(names)), (said, names)
    assert [limit.active_slots for limit in store.limits(2)] == [0], said
    assert store.late_reports() == [], said
