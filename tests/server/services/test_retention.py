from collections import Counter
from datetime import timedelta

import pytest

from tests.server.services.telling import DAY, HOUR, NOW, SECOND, run_until_done, turn
from tests.store.conformance.story import Story, an_id, created, ended, started, state
from tidemill.domain.states import StateType, from_us
from tidemill.server.services.retention import KeptAnswers, Retention
from tidemill.settings import Settings
from tidemill.store.access.answers import KeptAnswer
from tidemill.store.errors import UnknownRunError
from tidemill.wire.artifacts import Artifact, ArtifactSort
from tidemill.wire.events import EventFilter
from tidemill.wire.logs import LogCreate, LogSort

RUNS, EVENTS = 90 * DAY, 7 * DAY


def is_there(store, run):
    try:
        store.read_flow_run(run)
    except UnknownRunError:
        return False
    return True


def over(told, name, at=NOW):
    run = told.flow_run(name, at=at)
    told.proposes(run, StateType.COMPLETED, at + SECOND)
    return run


def test_runs_are_deleted_when_their_period_is_over(store, told):
    old, young, open_ = over(told, "old"), over(told, "young", NOW + 2 * DAY), told.flow_run("open")

    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)

    assert [is_there(store, run) for run in (old, young, open_)] == [False, True, True]


def test_large_runs_are_deleted_a_little_at_a_time(store, told):
    settings = Settings(server={"services": {"db_vacuum": {"batch_size": 10}}})
    run = told.flow_run("large")
    for number in range(35):
        told.task_run(run, str(number), StateType.COMPLETED)
    told.proposes(run, StateType.COMPLETED, NOW + SECOND)

    passes = run_until_done(Retention(settings), store, NOW + RUNS + DAY)

    assert passes >= 4
    assert not is_there(store, run)
    assert store.count_listed_task_runs() == 0


def test_all_of_a_root_run_stays_while_a_part_of_it_is_not_over(store, told):
    root = told.flow_run("root")
    call = told.task_run(root, "call")
    child = told.flow_run("child", parent=call, deployment=told.deployment())
    told.proposes(root, StateType.COMPLETED, NOW + SECOND)

    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)
    assert is_there(store, root)
    told.proposes(child, StateType.COMPLETED, NOW + 2 * SECOND)
    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)
    assert not is_there(store, root)
    assert not is_there(store, child)


def test_a_part_that_ended_long_after_its_root_has_its_own_period(store, told):
    root = told.flow_run("root")
    child = told.flow_run("child", parent=told.task_run(root, "call"), deployment=told.deployment())
    told.proposes(root, StateType.COMPLETED, NOW + SECOND)
    told.proposes(child, StateType.COMPLETED, NOW + RUNS)

    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)
    assert is_there(store, child)
    run_until_done(Retention(Settings()), store, NOW + 2 * RUNS + DAY)
    assert not is_there(store, child)
    assert not is_there(store, root)


def test_task_runs_without_a_flow_run_go_when_their_time_has_come(store, told):
    told.task_run(None, "old", StateType.COMPLETED)
    told.task_run(None, "open")

    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)

    assert [run.name for run in store.list_task_runs(now=NOW, limit=10)] == ["open"]


def test_log_lines_of_runs_that_are_gone_go_when_their_time_has_come(store, told):
    """Clients go on logging into a run that somebody deleted."""
    settings = Settings(server={"services": {"db_vacuum": {"batch_size": 3}}})
    there = [told.flow_run(f"there {number}") for number in range(5)]
    gone = [an_id(f"gone {number}") for number in range(5)]
    for run in (*there, *gone):
        for at in (NOW, NOW, NOW + 2 * DAY):
            line = LogCreate(flow_run_id=run, level=20, message="x", name="x", timestamp=from_us(at))
            store.write_logs([line])

    run_until_done(Retention(settings), store, NOW + RUNS + DAY)

    left = Counter(line.flow_run_id for line in store.find_log_lines(sort=LogSort.TIMESTAMP_ASC, limit=99))
    assert left == dict.fromkeys(there, 3) | dict.fromkeys(gone, 1)


def test_artifacts_go_with_their_runs_and_the_version_before_is_the_latest(store, told):
    settings = Settings(server={"services": {"db_vacuum": {"batch_size": 2}}})
    old, young = over(told, "old"), over(told, "young", NOW + 2 * DAY)
    runs = {"first": young, "a": old, "b": old, "c": old, "lone": an_id("nothing"), "mine": None}
    for name, run in runs.items():
        key = "lone" if name == "lone" else "k" if run else "mine"
        moment = from_us(NOW)
        made = Artifact(id=an_id(name), key=key, flow_run_id=run, created=moment, updated=moment)
        store.create_artifact(made, an_id(f"collection {name}"), NOW)

    run_until_done(Retention(settings), store, NOW + RUNS + DAY)

    found = store.find_artifacts(sort=ArtifactSort.KEY_ASC, limit=9)
    assert [one.id for one in found] == [an_id("first"), an_id("mine")]
    assert store.latest_artifact("k").id == an_id("first")
    assert store.count_latest_artifacts() == 2


def test_events_are_deleted_sooner_and_those_with_a_period_of_their_own_when_that_is_over(store, told):
    run = told.flow_run()
    told.beats(run, NOW)
    settings = Settings(
        server={
            "services": {"db_vacuum": {"event_retention_overrides": {"prefect.flow-run.heartbeat": timedelta(days=8)}}}
        }
    )

    run_until_done(Retention(settings), store, NOW + EVENTS + SECOND)
    assert store.count_events(EventFilter()) == 1
    run_until_done(Retention(settings), store, NOW + 8 * DAY + SECOND)
    assert store.count_events(EventFilter()) == 0
    assert is_there(store, run)


@pytest.mark.parametrize(
    ("enabled", "events", "runs"),
    [(True, True, True), (frozenset({"events"}), True, False), (frozenset({"flow_runs"}), False, True)],
)
def test_the_settings_say_what_is_deleted(store, told, enabled, events, runs):
    run = over(told, "old")
    told.beats(an_id("nobody"), NOW)
    settings = Settings(server={"services": {"db_vacuum": {"enabled": enabled}}})

    run_until_done(Retention(settings), store, NOW + RUNS + DAY)

    assert is_there(store, run) is not runs
    assert (store.count_events(EventFilter()) == 0) is events


@pytest.mark.parametrize("nothing", [False, None, frozenset()])
def test_nothing_is_deleted_where_the_settings_say_so(nothing):
    assert not Retention(Settings(server={"services": {"db_vacuum": {"enabled": nothing}}})).enabled


def test_what_journals_recorded_goes_the_same_way(store):
    story = Story(store).alive()
    run = story.running()
    story.tell(
        started(run), ended(run), created("child", root=run), state(an_id("child"), "RUNNING", root=run),
        state(an_id("child"), "COMPLETED", ordinal=1, root=run), state(run, "COMPLETED", ordinal=1),
    )  # fmt: skip
    store.end_producer(story.producer, NOW)

    run_until_done(Retention(Settings()), store, NOW + RUNS + DAY)

    assert not is_there(store, run)
    assert not is_there(store, an_id("child"))
    assert store.read_producer(story.producer) is None


def test_answers_to_requests_that_nobody_repeats_are_forgotten(store):
    answer = KeptAnswer("create_flow", 200, "application/json", b"{}")
    store.keep_answer(an_id("old"), answer, NOW)
    store.keep_answer(an_id("young"), answer, NOW + HOUR)

    KeptAnswers().run_once(turn(store, NOW + HOUR + SECOND))

    assert store.kept_answer(an_id("old")) is None
    assert store.kept_answer(an_id("young")) == answer
