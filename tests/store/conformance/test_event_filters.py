"""What SQL says of a filter of events is what the filter means: for told events, and for those of runs' states."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import FULL
from tests.store.deployed import Deployed
from tidemill.store.event_filters import narrowed
from tidemill.store.event_matching import matches
from tidemill.store.finding import TooMuchAskedError
from tidemill.wire.events import (
    Countable,
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventOrder,
    EventRelatedFilter,
    EventResourceFilter,
    EventTextFilter,
    ToldEvent,
)

from .backends import BACKENDS
from .story import NOW, SECOND, Story, an_id, ended, pending, started, state, waiting

SINCE = datetime(2023, 11, 1, tzinfo=UTC)


def told(name, about, *, at=0, related=(), **labels):
    return ToldEvent(
        event=name,
        id=UUID(an_id(f"event {name} {at}")),
        occurred=datetime.fromtimestamp(NOW / SECOND + at, UTC),
        resource={"prefect.resource.id": about, **labels},
        related=[{"prefect.resource.id": id_, "prefect.resource.role": role, **more} for role, id_, more in related],
    )


def a_world(store):
    """Runs with tags, of a deployment, with subflows, retried; and events that were told."""
    story, deployed = Story(store), Deployed(store)
    run = story.running("r")
    story.tell(pending(run, "t1"), started(run, "t1", at=NOW + SECOND, tags=["blue", 'o"dd']))
    story.tell(waiting(run, "t1", at=NOW + 2 * SECOND), started(run, "t1", at=NOW + 3 * SECOND, attempt=2))
    story.tell(ended(run, "t1", "FAILED", at=NOW + 4 * SECOND, attempt=2, message="no lemons"))
    story.tell(started(run, "t2"), ended(run, "t2"))
    story.tell(state(run, "FAILED", ordinal=1, at=NOW + 5 * SECOND, message="no lemons"))
    story.running("other", flow="others", tags=[], parent_task_run_id=an_id("t2"))
    made = deployed.run(deployed.deployment())
    store.take_events(
        [
            told("a.b", "x.1", related=[("owner", "x.2", {"prefect.resource.name": "Ann"})], kind="big", size="1"),
            told(
                "a.c", "x.2", at=1, related=[("owner", f"prefect.flow-run.{run}", {}), ("tag", "prefect.tag.blue", {})]
            ),
            told("a.d", "x.1", at=2, kind="small", **{'o"dd': "yes", "$.kind": "no"}),
            told("a.e", "x.10", at=3, related=[("flow", "x.2", {"kind": "big"})]),
        ],
        NOW,
    )
    return made


@pytest.fixture(scope="module", params=BACKENDS)
def store(request, tmp_path_factory):
    with BACKENDS[request.param](tmp_path_factory.mktemp("events")) as opened:
        a_world(opened)
        yield opened


IDS = st.sampled_from(
    [
        "x.1",
        "x.2",
        "prefect.tag.blue",
        "prefect.tag.t",
        "nobody",
        *(
            f"prefect.{kind}.{an_id(name)}"
            for kind, name in (("flow-run", "r"), ("task-run", "t1"), ("task-run", "t2"))
        ),
        f"prefect.work-pool.{an_id('pool')}",
        f"prefect.deployment.{an_id('deployment deployment')}",
    ]
)
ROLES = st.sampled_from(["owner", "tag", "flow", "flow-run", "work-pool", "deployment", "task-run", "nobody"])
BEGINNINGS = st.sampled_from(["x.", "x.1", "prefect.", "prefect.task-run.", "prefect.tag.b", ""])
LABELS = st.sampled_from(
    [
        "prefect.resource.id",
        "prefect.resource.name",
        "prefect.resource.role",
        "prefect.state-type",
        "prefect.state-name",
        "prefect.state-message",
        "prefect.state-timestamp",
        "prefect.run-count",
        "prefect.orchestration",
        "kind",
        "size",
        'o"dd',
        "$.kind",
        "nothing",
    ]
)
VALUES = st.sampled_from(
    ["big", "!big", "sm*", "*", "!*", "Running", "R*", "!Running", "COMPLETED", "FAILED", "1", "2", "client", "t1", "Ann",
     "pool", "etl", "no lemons", "yes", "no", "x.1", "owner", "!owner", "2023*", ""]
)  # fmt: skip


def some(of, most=2):
    return st.none() | st.lists(of, max_size=most)


SPECIFICATIONS = st.none() | st.dictionaries(LABELS, VALUES | st.lists(VALUES, max_size=3), max_size=2)
OWN = st.builds(
    EventResourceFilter, id=some(IDS), id_prefix=some(BEGINNINGS), labels=SPECIFICATIONS, distinct=st.booleans()
)
RELATED = st.builds(
    EventRelatedFilter,
    id=some(IDS),
    role=some(ROLES),
    resources_in_roles=some(st.tuples(IDS, ROLES)),
    labels=SPECIFICATIONS,
)
ANY = st.builds(EventAnyResourceFilter, id=some(IDS), id_prefix=some(BEGINNINGS), labels=SPECIFICATIONS)
FILTERS = st.builds(
    EventFilter,
    resource=st.none() | OWN,
    related=st.none() | RELATED | st.lists(RELATED, max_size=2),
    any_resource=st.none() | ANY | st.lists(ANY, max_size=2),
    text=st.none() | st.builds(EventTextFilter, query=st.sampled_from(["lemons", "-lemons", "x.1 big", "RUNNING"])),
    order=st.sampled_from(EventOrder),
)


def meant(store, wanted):
    """By the definition, from all there is."""
    every = store.find_events(EventFilter(order=wanted.order), limit=200)[0]
    found = [event for event in every if matches(event, wanted)]
    if wanted.resource is not None and wanted.resource.distinct:
        firsts = {}
        for event in found:
            firsts.setdefault(event.resource["prefect.resource.id"], event)
        found = list(firsts.values())
    return [event.id for event in found]


@settings(max_examples=150 if FULL else 40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILTERS)
@example(EventFilter(resource=EventResourceFilter(labels={"prefect.run-count": "1"})))
def test_what_is_found_and_counted_is_what_is_meant(store, wanted):
    expected = meant(store, wanted)

    found, place, pages = [], None, 0
    while place is not None or not pages:
        page, place = store.find_events(wanted, limit=7, after=place)
        found += [event.id for event in page]
        pages += 1

    assert found == expected
    assert store.count_events(wanted) == len(expected)
    times = {"since": NOW, "until": NOW + SECOND, "interval_us": SECOND}
    assert sum(one.count for one in store.tally_events(wanted, Countable.EVENT, **times)) == len(expected)


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(resource=EventResourceFilter(labels={"prefect.state-type": "FAILED"}, distinct=True)),
        EventFilter(related=EventRelatedFilter(role=["owner"], labels={"prefect.resource.name": "A*"})),
        EventFilter(any_resource=EventAnyResourceFilter(id_prefix=["prefect.tag."], labels={"kind": "!big"})),
    ],
)
def test_labels_and_roles_are_asked_of_the_database(store, wanted):
    with store._connections.reading() as session:
        assert narrowed(session, wanted).exact


@pytest.mark.parametrize("labels", [{'o"dd': "yes"}, {"$.kind": "no"}, {"prefect.state-timestamp": "2023*"}])
def test_labels_that_sql_cannot_name_are_found_all_the_same(store, labels):
    wanted = EventFilter(resource=EventResourceFilter(labels=labels))

    with store._connections.reading() as session:
        assert not narrowed(session, wanted).exact
    assert store.count_events(wanted) > 0


def test_what_sql_cannot_tell_is_looked_for_to_the_last_event(tmp_path):
    with BACKENDS["sqlite-memory"](tmp_path) as store:
        first = told("needle.found", "x.1", at=-1)
        store.take_events([first, *(told("hay", "x.2", at=place / 1000) for place in range(20_500))], NOW)

        found, place = store.find_events(EventFilter(text=EventTextFilter(query="needle")), limit=1)

    assert [event.id for event in found] == [str(first.id)]
    assert place is None


def test_as_much_is_asked_at_once_as_every_database_takes(store):
    def beginning(many):
        return EventFilter(event=EventNameFilter(prefix=[f"name.{number}" for number in range(many)]))

    store.take_events([told("name.7.x", "shop.1")], NOW)

    (found,), _ = store.find_events(beginning(490), limit=9)
    assert found.event == "name.7.x"
    assert store.count_events(beginning(490)) == 1
    with pytest.raises(TooMuchAskedError, match="more than 500 things at once; ask in parts"):
        store.find_events(beginning(501), limit=9)
