"""Two servers that decide about one thing at the same moment: the second decides upon what the first one wrote."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from pkgutil import walk_packages
from threading import Thread
from uuid import uuid4

import msgspec
import pytest

import tidemill.store
from tests.postgres import command, empty_database
from tests.store.conformance.story import Story
from tests.store.conformance.told import NOW, SECOND, Teller, an_id
from tests.store.deployed import Deployed
from tidemill.domain.limits import NO_LEASE, ConcurrencyLimit, SlotRequest
from tidemill.domain.pauses import Suspension
from tidemill.domain.states import StateType, from_us
from tidemill.store.access.answers import KeptAnswer
from tidemill.store.errors import RunHeldError, StoreBusyError, TakenError
from tidemill.store.postgres.store import PostgresStore
from tidemill.wire.events import ToldEvent
from tidemill.wire.variables import Variable
from tidemill.wire.work_queues import WorkQueueResponse

_WAITS = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture
def url():
    return empty_database()


@pytest.fixture
def one(url):
    with PostgresStore.open(url) as store:
        yield store


@pytest.fixture
def other(url):
    with PostgresStore.open(url) as store:
        yield store


@pytest.fixture
def at_once(url, one):
    """Does the second while the first is not committed yet; what came of the second."""

    def do(first, second):
        outcome = []

        def work():
            try:
                outcome.append(second())
            except Exception as error:
                outcome.append(error)

        thread = Thread(target=work)
        with one.together():
            first()
            thread.start()
            while thread.is_alive() and command(url, _WAITS) == [(0,)]:
                pass
        thread.join()
        return outcome[0]

    return do


def limit(store, name, slots):
    moment = from_us(NOW)
    given = ConcurrencyLimit(id=an_id(name), name=name, limit=slots, active_slots=0, created=moment, updated=moment)
    store.create_limit(given, NOW)


def test_a_state_is_judged_by_the_one_that_was_set_just_before(one, other, at_once):
    teller, beside = Teller(one), Teller(other, seed=2)
    run = teller.flow_run(teller.flow(), "RUNNING")
    beside.now = teller.now + 5 * SECOND

    again = at_once(
        lambda: teller.propose(run, "PAUSED", "Paused", pause_key="p", transition_id=an_id("t")),
        lambda: beside.propose(run, "RUNNING", transition_id=an_id("t")),
    )

    assert again.status == "REJECT"
    assert again.state.name == "Paused"
    assert again.state.state_details.pause_key == "p"


def test_a_run_that_another_server_holds_is_not_foreseen(one, other):
    teller, beside = Teller(one), Teller(other, seed=2)
    held, free = (teller.flow_run(teller.flow(), "RUNNING") for _ in range(2))

    with one.together(), other.together():
        teller.propose(held, "COMPLETED")
        other.foresee_moves([held, free])
        assert beside.propose(free, "COMPLETED").status == "ACCEPT"


def test_a_deployment_has_no_more_runs_at_once_than_its_limit(one, other, at_once):
    deployed = Deployed(one)
    deployment = deployed.deployment()
    one.limit_deployment(deployment, 1, NOW, limit_id=an_id("limit"))
    teller, beside = Teller(one), Teller(other, seed=2)
    first, second = deployed.run(deployment), deployed.run(deployment)

    refused = at_once(lambda: teller.propose(first, "PENDING"), lambda: beside.propose(second, "PENDING"))

    assert (refused.status, refused.state.name) == ("REJECT", "AwaitingConcurrencySlot")
    assert one.read_limit(f"deployment:{deployment}", teller.now).active_slots == 1


def test_a_tag_has_no_more_task_runs_at_once_than_its_limit(one, other, at_once):
    teller, beside = Teller(one), Teller(other, seed=2)
    limit(one, "tag:db", 1)
    run = teller.flow_run(teller.flow(), "RUNNING")
    first, second = (teller.task_run(run, "t", key, tags=["db"]) for key in "01")

    waits = at_once(lambda: teller.propose_task(first, "RUNNING"), lambda: beside.propose_task(second, "RUNNING"))

    assert (waits.status, waits.written) == ("WAIT", False)
    assert one.read_limit("tag:db", teller.now).active_slots == 1


def test_a_run_is_claimed_by_one_of_two(one, other, at_once):
    teller = Teller(one)
    run = teller.flow_run(teller.flow(), "SCHEDULED")
    for name in ("a", "b"):
        Story(one, name).alive()

    refused = at_once(
        lambda: one.claim_flow_run(run, "a", NOW, allow={StateType.SCHEDULED}),
        lambda: other.claim_flow_run(run, "b", NOW, allow={StateType.SCHEDULED}),
    )

    assert isinstance(refused, RunHeldError)
    assert one.read_flow_run(run).epoch == 1


def test_a_run_that_was_claimed_just_before_is_asked_to_suspend(one, other, at_once):
    teller = Teller(one)
    run = teller.flow_run(teller.flow(), "SCHEDULED")
    Story(one, "a").alive()

    at_once(
        lambda: one.claim_flow_run(run, "a", NOW, allow={StateType.SCHEDULED}),
        lambda: other.suspend_flow_run(run, Suspension(), NOW),
    )

    assert list(one.suspensions([run])) == [run]


def a_state_told(run, task, kind, *, at):
    """As existing clients tell it."""
    shown = {"name": task, "task_key": "t", "dynamic_key": "0", "run_count": 0, "flow_run_run_count": 1}
    payload = {"validated_state": {"type": kind, "name": kind.title(), "data": None}, "task_run": shown}
    return ToldEvent(
        event=f"prefect.task-run.{kind.title()}",
        id=uuid4(),
        occurred=from_us(NOW) + timedelta(seconds=at),
        resource={"prefect.resource.id": f"prefect.task-run.{an_id(task)}"},
        related=[{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}],
        payload=msgspec.Raw(msgspec.json.encode(payload)),
    )


def test_an_older_state_told_to_another_server_does_not_overtake_a_newer_one(one, other, at_once):
    teller = Teller(one)
    run = teller.flow_run(teller.flow(), "RUNNING")
    pending, running = (a_state_told(run, "t", kind, at=at) for kind, at in (("PENDING", 0), ("RUNNING", 1)))

    again = at_once(lambda: one.take_events([running], NOW), lambda: other.take_events([pending], NOW))
    assert isinstance(again, StoreBusyError)
    other.take_events([pending], NOW)

    assert one.get_task_run(an_id("t"), NOW).state_name == "Running"


def test_a_state_told_to_two_servers_at_once_is_there_once(one, other, at_once):
    teller = Teller(one)
    run = teller.flow_run(teller.flow(), "RUNNING")
    pending, running = (a_state_told(run, "t", kind, at=at) for kind, at in (("PENDING", 0), ("RUNNING", 1)))
    one.take_events([pending], NOW)

    again = at_once(lambda: one.take_events([running], NOW), lambda: other.take_events([running], NOW))
    assert isinstance(again, StoreBusyError)
    other.take_events([running], NOW)

    assert [state.name for state in one.states_of_task_run(an_id("t"))] == ["Pending", "Running"]


def test_slots_that_two_give_back_at_once_are_given_back_by_both(one, other, at_once):
    limit(one, "gpu", 3)
    for lease in "abc":
        one.acquire_slots(
            SlotRequest(lease_id=lease, names=["gpu"], slots=1, holder=NO_LEASE, now=NOW, lease_until=NOW + SECOND)
        )

    at_once(
        lambda: one.give_back_slots(["gpu"], 1, NOW, None),
        lambda: other.give_back_slots(["gpu"], 1, NOW, None),
    )

    assert one.read_limit("gpu", NOW).active_slots == 1


def test_what_two_change_of_a_limit_at_once_is_both_changed(one, other, at_once):
    limit(one, "gpu", 3)

    at_once(lambda: one.update_limit("gpu", NOW, limit=5), lambda: other.update_limit("gpu", NOW, active=False))

    changed = one.read_limit("gpu", NOW)
    assert (changed.limit, changed.active) == (5, False)


def test_a_queue_that_two_need_at_once_is_one(one, other, at_once):
    deployed = Deployed(one)

    def fresh(id_):
        return WorkQueueResponse(id=an_id(id_), name="new", created=from_us(NOW), updated=from_us(NOW))

    found = at_once(
        lambda: one.ensure_work_queue(deployed.pool.name, "new", fresh("a")),
        lambda: other.ensure_work_queue(deployed.pool.name, "new", fresh("b")),
    )

    assert found == an_id("a")


def test_a_request_that_two_servers_get_at_once_is_done_by_one(one, other, at_once):
    answer = KeptAnswer("make", 201, "application/json", b"{}")

    def do(store, name):
        def work():
            with store.together():
                teller = Teller(store)
                teller.flow(name)
                store.keep_answer("request", answer, NOW)

        return work

    busy = at_once(do(one, "a"), do(other, "b"))

    assert isinstance(busy, StoreBusyError)  # it is made again, and finds the answer
    assert other.kept_answer("request") == answer
    assert [flow.name for flow in one.list_flows(limit=9)] == ["a"]


def test_a_name_that_another_took_just_before_is_asked_for_again(one, other, at_once):
    """What looked free was not; who looks again is told in words."""
    for name in ("a", "b"):
        moment = from_us(NOW)
        one.create_variable(Variable(id=an_id(name), name=name, value=1, tags=[], created=moment, updated=moment))
    rename = {"name": "c"}

    busy = at_once(
        lambda: one.update_variable(an_id("a"), rename, NOW), lambda: other.update_variable(an_id("b"), rename, NOW)
    )

    assert isinstance(busy, StoreBusyError)
    with pytest.raises(TakenError, match="there is a variable 'c' already"):
        other.update_variable(an_id("b"), rename, NOW)


_ELSEWHERE = re.compile(r"\bJOIN\b|\(\s*SELECT (?!root_flow_run_id)|\bIN \(SELECT (?!root_flow_run_id)")


def test_what_locks_reads_nothing_else():
    """On PostgreSQL, whoever waited for a row sees that row as it is now, and all else as it was before."""
    said = [
        (module.name, name, sql)
        for module in walk_packages(tidemill.store.__path__, "tidemill.store.")
        for name, sql in vars(import_module(module.name)).items()
        if isinstance(sql, str) and name.isupper() and "@locked(" in sql
    ]

    assert len(said) > 5
    assert [(module, name) for module, name, sql in said if _ELSEWHERE.search(sql)] == [
        ("tidemill.store.judged_flow_runs", "_STANDING")  # looks whether it saw what was beside the row
    ]
