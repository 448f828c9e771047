import pytest

from tests.server.services.telling import HOUR, MINUTE, NOW, SECOND, turn
from tidemill.domain.readiness import Patience
from tidemill.server.services.foreman import Foreman
from tidemill.settings import Settings
from tidemill.wire.events import EventFilter, EventNameFilter


@pytest.fixture
def service():
    return Foreman(Settings())


def told_of(store, kind):
    """The events about things of a kind: status, name of the thing."""
    wanted = EventFilter(event=EventNameFilter(prefix=[f"prefect.{kind}."]))
    found, _ = store.find_events(wanted, limit=50)
    return sorted((one.occurred, one.event.split(".")[-1], one.resource["prefect.resource.name"]) for one in found)


def statuses(store, kind):
    return [(status, name) for _, status, name in told_of(store, kind)]


def test_nothing_is_told_of_what_was_never_ready(store, told, service):
    told.deployment()

    service.run_once(turn(store, NOW))

    assert [statuses(store, kind) for kind in ("work-pool", "work-queue", "deployment")] == [[], [], []]


def test_a_pool_is_ready_while_a_worker_is_there(store, told, service):
    store.heard_of_worker("pool", "worker", 30, id_="w", now=NOW, patience=Patience())

    service.run_once(turn(store, NOW))
    service.run_once(turn(store, NOW + 60 * SECOND))
    assert statuses(store, "work-pool") == [("ready", "pool")]
    service.run_once(turn(store, NOW + 2 * MINUTE))
    assert statuses(store, "work-pool") == [("ready", "pool"), ("not-ready", "pool")]


def test_queues_and_their_deployments_are_ready_while_somebody_polls(store, told, service):
    told.deployment()
    store.hand_out_runs("pool", now=NOW, limit=1)

    service.run_once(turn(store, NOW))
    service.run_once(turn(store, NOW + HOUR))

    assert statuses(store, "work-queue") == [
        ("ready", "default"), ("ready", "urgent"), ("not-ready", "default"), ("not-ready", "urgent"),
    ]  # fmt: skip
    assert statuses(store, "deployment") == [("ready", "deployment"), ("not-ready", "deployment")]


def test_an_event_names_the_one_before_it_if_that_was_not_long_ago(store, told, service):
    store.heard_of_worker("pool", "worker", 30, id_="w", now=NOW, patience=Patience())
    service.run_once(turn(store, NOW))
    service.run_once(turn(store, NOW + 2 * MINUTE))

    found, _ = store.find_events(EventFilter(event=EventNameFilter(prefix=["prefect.work-pool."])), limit=50)
    first, second = sorted(found, key=lambda one: one.occurred)

    assert first.follows is None
    assert second.follows == first.id
    assert second.resource["prefect.work-pool.type"] == "process"


def test_a_pause_is_told_once(store, told, service):
    store.update_work_pool("pool", {"is_paused": True}, NOW)

    service.run_once(turn(store, NOW))
    service.run_once(turn(store, NOW + MINUTE))

    assert statuses(store, "work-pool") == [("paused", "pool")]
