from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.services.telling import MINUTE, NOW, SECOND, turn
from tests.store.conformance.story import an_id
from tidemill.domain.states import StateType, from_us
from tidemill.server.services.triggers import Triggers
from tidemill.settings import Settings
from tidemill.store.sqlite.session import SqliteSession
from tidemill.store.sqlite.store import SqliteStore
from tidemill.wire.automations import Automation, CompoundTrigger, DoNothing, EventTrigger, SequenceTrigger
from tidemill.wire.events import Event, EventFilter, EventNameFilter, EventOccurredFilter

DAY = 24 * 60 * MINUTE


def reactive(expect="e", **fields):
    return EventTrigger(posture="Reactive", expect=set(expect.split()), **fields)


def proactive(expect="e", *, within=60.0, **fields):
    return EventTrigger(posture="Proactive", expect=set(expect.split()), within=within, **fields)


class Automated:
    """A store with automations, and the service that judges them."""

    def __init__(self, store):
        self.store, self.service, self.now = store, Triggers(Settings()), NOW

    def automation(self, trigger, name="a", **fields):
        at = from_us(self.now)
        made = Automation(
            id=an_id(f"automation {name}"), name=name, trigger=trigger, actions=[DoNothing()], created=at, updated=at,
            **fields,
        )  # fmt: skip
        self.store.create_automation(made)
        return made

    def tell(self, *names, resource="r", at=None, id_=None, **labels):
        """Events by name, each a second later than the one before."""
        for name in names:
            self.now += SECOND
            happened = self.now if at is None else at
            said = Event(
                id=UUID(id_ or an_id(f"{name} of {resource} at {self.now}")), event=name, occurred=from_us(happened),
                resource={"prefect.resource.id": resource} | labels, payload={"said": name},
            )  # fmt: skip
            self.store.take_events([said], self.now)

    def judge(self, *, at=None):
        """Pass until all is judged."""
        self.now = self.now if at is None else at
        quiet = 0
        while quiet < 2:  # what fires is an event itself, for the next pass
            again = self.service.run_once(turn(self.store, self.now))
            behind = self.service._tail.behind  # who else writes to the server of this database may keep it waiting
            quiet = 0 if behind or again is not None else quiet + 1
        return self.fired()

    def fired(self):
        """What is told of firings, the first first."""
        wanted = EventFilter(
            event=EventNameFilter(name=["prefect.automation.triggered"]),
            occurred=EventOccurredFilter(since=from_us(0), until=from_us(self.now + 1000 * DAY)),
        )
        found, _ = self.store.find_events(wanted, limit=1000)
        return found[::-1]


@pytest.fixture
def automated(store):
    return Automated(store)


@pytest.fixture
def said(monkeypatch):
    """The statements since it was cleared."""
    statements = []
    original = SqliteSession.execute

    def counting(self, sql, *bindings):
        statements.append(sql)
        return original(self, sql, *bindings)

    monkeypatch.setattr(SqliteSession, "execute", counting)
    return statements


def labels(fired):
    return [one.payload["triggering_labels"] for one in fired]


def test_an_automation_fires_when_what_it_expects_happens(automated):
    made = automated.automation(reactive("e"), name="mine")
    automated.tell("other", "e")

    (fired,) = automated.judge()

    assert fired.resource == {
        "prefect.resource.id": f"prefect.automation.{made.id}",
        "prefect.resource.name": "mine",
        "prefect.posture": "Reactive",
    }
    because = fired.payload["triggering_event"]
    assert (because["event"], because["payload"]) == ("e", {"said": "e"})
    assert fired.related == [
        {"prefect.resource.id": f"prefect.event.{because['id']}", "prefect.resource.role": "triggering-event"}
    ]
    assert labels([fired]) == [{}]
    assert len(automated.judge()) == 1


def test_states_of_runs_are_events_too(automated, told):
    automated.automation(
        reactive("prefect.flow-run.*", match={"prefect.state-type": "FAILED"}, for_each={"prefect.resource.id"})
    )
    run = told.flow_run(at=NOW)
    assert automated.judge() == []

    told.proposes(run, StateType.FAILED, NOW + SECOND)

    assert labels(automated.judge()) == [{"prefect.resource.id": f"prefect.flow-run.{run}"}]


def test_an_event_that_is_told_twice_counts_once(automated):
    automated.automation(reactive("e", threshold=2, within=60.0))
    automated.tell("e", id_=an_id("the same"))
    automated.judge()
    automated.tell("e", id_=an_id("the same"))

    assert automated.judge() == []
    automated.tell("e")
    assert len(automated.judge()) == 1


def test_what_happened_before_it_was_made_changed_or_switched_on_is_not_for_it(automated):
    automated.tell("e")
    made = automated.automation(reactive("e"), enabled=False)
    automated.tell("e")
    assert automated.judge() == []
    automated.store.update_automation(made.id, {"enabled": True}, automated.now)
    assert automated.judge() == []
    automated.tell("e")
    automated.store.update_automation(made.id, {"trigger": reactive("e x")}, automated.now)
    assert automated.judge() == []
    automated.tell("x")

    assert len(automated.judge()) == 1


def test_a_change_forgets_what_was_counted(automated):
    made = automated.automation(reactive("e", threshold=2, within=60.0))
    automated.tell("e")
    automated.judge()
    automated.store.update_automation(made.id, {"description": "new"}, automated.now)
    automated.tell("e")
    assert automated.judge() == []
    automated.tell("e")
    assert len(automated.judge()) == 1

    automated.store.delete_automation(made.id)
    automated.tell("e", "e")
    assert len(automated.judge()) == 1
    assert automated.store.watching() == (0, None, 0, automated.store.watching().read_up_to, None)


def test_what_does_not_come(automated):
    automated.automation(proactive("e", within=60.0))
    automated.judge()
    automated.tell("e")
    assert automated.judge(at=NOW + MINUTE + SECOND) == []

    (fired,) = automated.judge(at=NOW + 2 * MINUTE + SECOND)
    assert fired.resource["prefect.posture"] == "Proactive"
    assert fired.payload["triggering_event"]["event"] == "e"


def test_what_should_follow_for_each(automated):
    automated.automation(proactive("done", after={"begun"}, within=60.0, for_each={"prefect.resource.id"}))
    automated.tell("begun", resource="a")
    automated.tell("begun", resource="b" * 5000)
    automated.tell("done", resource="a")

    assert automated.judge(at=NOW + 30 * SECOND) == []
    assert labels(automated.judge(at=NOW + 2 * MINUTE)) == [{"prefect.resource.id": "b" * 5000}]
    assert automated.store.watching().due is None


def test_time_is_looked_at_as_often_as_the_settings_say(automated):
    automated.automation(proactive("e", within=10.0))
    automated.judge()
    assert len(automated.judge(at=NOW + 10 * SECOND)) == 1
    automated.tell("e", at=NOW)

    assert len(automated.judge(at=NOW + 20 * SECOND)) == 2
    assert len(automated.judge(at=NOW + 24 * SECOND)) == 2


def test_all_of_several(automated):
    automated.automation(CompoundTrigger(require="all", within=60.0, triggers=[reactive("a"), reactive("b")]))
    automated.tell("a")
    assert automated.judge() == []
    automated.tell("b")

    (fired,) = automated.judge()
    assert "prefect.posture" not in fired.resource
    assert fired.payload["triggering_event"]["event"] == "b"
    assert automated.store.watching().due is None


def test_one_after_the_other(automated):
    automated.automation(SequenceTrigger(within=None, triggers=[reactive("a"), reactive("b")]))
    automated.tell("b", "a")
    assert automated.judge() == []
    automated.tell("b")
    assert len(automated.judge()) == 1


def test_what_can_be_of_no_use_any_more_is_forgotten(automated):
    inner = [reactive("a"), reactive("b", threshold=2, within=10.0)]
    automated.automation(CompoundTrigger(require="all", within=10.0, triggers=inner))
    automated.tell("a", "b")
    automated.judge()
    assert automated.store.watching().due is not None

    automated.judge(at=NOW + 5 * MINUTE)
    assert automated.store.watching().due is None


def test_many_events_are_judged_in_several_passes(automated):
    automated.automation(reactive("e", threshold=3, within=3600.0))
    for other in range(5):
        automated.automation(reactive("e", match={"prefect.resource.id": "no"}), name=str(other))
    automated.tell(*["e"] * 10)
    automated.tell(*["other"] * 510)
    assert len(automated.judge()) == 1


def test_nothing_is_missed_that_has_come_and_was_not_read_yet(automated):
    automated.automation(proactive("done", after={"begun"}, within=3600.0), name="mine")
    automated.automation(reactive("other", match={"prefect.resource.id": "no"}), name="others")
    automated.tell("begun")
    automated.judge()
    automated.tell(*["other"] * 510, "done")

    assert automated.judge(at=NOW + DAY) == []


def test_nobody_fires_because_of_its_own_firing_nor_without_having_asked_for_such(automated):
    automated.automation(EventTrigger(posture="Reactive"), name="any")
    automated.automation(EventTrigger(posture="Reactive", expect={"*"}), name="any by star")
    automated.automation(reactive("prefect.automation.triggered"), name="asked")
    automated.tell("e")

    assert sorted(one.resource["prefect.resource.name"] for one in automated.judge()) == [
        "any", "any by star", "asked", "asked",
    ]  # fmt: skip


def test_automations_that_set_each_other_off_come_to_an_end(automated):
    automated.automation(reactive("e prefect.automation.triggered"), name="a")
    automated.automation(reactive("e prefect.automation.triggered", within=0.0, threshold=1), name="b")
    automated.tell("e")

    assert 2 < len(automated.judge()) < 100


class KilledError(BaseException):
    """The process is gone."""


def judge_and_be_killed(automated):
    with automated.store.together():
        automated.service.run_once(turn(automated.store, automated.now))
        raise KilledError


def test_f3_killed_before_the_transaction_is_over_nothing_is_lost_and_nothing_fires_twice(automated):
    automated.automation(reactive("e", threshold=2, within=60.0))
    automated.tell("e")
    automated.judge()
    automated.tell("e")

    with pytest.raises(KilledError):
        judge_and_be_killed(automated)
    automated.service = Triggers(Settings())  # begins anew

    assert len(automated.judge()) == 1
    automated.service = Triggers(Settings())
    assert len(automated.judge()) == 1


#: Time is looked at in every pass.
AT_ONCE = Settings(server={"events": {"proactive_granularity": 0}})
#: What happens: an event, a pass, or a pass that does not come to its end and after which another process goes on.
STORIES = st.lists(st.sampled_from(["a", "b", "pass", "kill"]), max_size=12)


def fired_in(store, story, *, passes):
    with store:
        automated = Automated(store)
        automated.service = Triggers(AT_ONCE)
        automated.automation(reactive("a", threshold=2, within=3.0), "several")
        automated.automation(SequenceTrigger(within=5.0, triggers=[reactive("a"), reactive("b")]), "sequence")
        automated.automation(proactive("b", after={"a"}, within=10.0), "absence")
        for step in story:
            if step in ("a", "b"):
                automated.tell(step)
            elif passes and step == "pass":
                automated.judge()
            elif passes:
                with pytest.raises(KilledError):
                    judge_and_be_killed(automated)
                automated.service = Triggers(AT_ONCE)
        said = [
            (one.resource["prefect.resource.name"], (one.payload["triggering_event"] or {}).get("occurred"))
            for one in automated.judge(at=automated.now + MINUTE)
        ]
        return sorted(said)


@settings(max_examples=50, deadline=None)
@given(story=STORIES)
def test_f3_it_is_the_same_however_often_somebody_is_killed(story):
    undisturbed = fired_in(SqliteStore.in_memory(), story, passes=False)

    assert fired_in(SqliteStore.in_memory(), story, passes=True) == undisturbed


def test_of_two_servers_only_one_judges_an_event(replicas):
    store, another = replicas
    first, second = Automated(store), Automated(another())
    first.automation(reactive("e"))
    first.tell("e")

    second.judge()
    assert len(first.judge()) == 1


def test_it_is_one_small_question_where_nobody_automates_and_two_where_nothing_happens(said):
    with SqliteStore.in_memory() as store:
        automated = Automated(store)
        automated.tell("e")
        said.clear()
        automated.service.run_once(turn(store, NOW))
        assert len(said) == 1

        automated.automation(reactive("e"))
        automated.judge()
        said.clear()
        automated.service.run_once(turn(store, NOW))
        assert len(said) == 2
