"""The stream of server-sent events."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.store.conformance.story import NOW, SECOND, Story, an_id, ended, line, started, state

from .talking import Listener


def test_it_tells_what_happens_in_a_run_and_nothing_else(client, store):
    story = Story(store)
    run = story.running()
    story.running("other")
    with Listener(client, f"topics=flow-runs,task-runs,logs&flow_run_id={run}") as listener:
        begin = listener.part() + listener.part()
        story.tell(started(run), ended(run), line(run, "hello"), line(an_id("other"), "unasked"))
        story.tell(state(run, "COMPLETED", ordinal=1, at=NOW + SECOND))
        client.post("/api/logs/", [])

        heard = [listener.hear() for _ in range(4)]

    assert listener.head["status"] == 200
    assert (b"content-type", b"text/event-stream; charset=utf-8") in listener.head["headers"]
    assert b"id: " in begin
    assert {topic for _, topic, _ in heard} == {"flow-runs", "task-runs", "logs"}
    assert [said["event"] for _, topic, said in heard if topic == "task-runs"] == [
        "prefect.task-run.Running",
        "prefect.task-run.Completed",
    ]
    assert [said["message"] for _, topic, said in heard if topic == "logs"] == ["hello"]


def test_it_goes_on_where_it_was_cut_off(client, store):
    story = Story(store)
    run = story.running()
    story.tell(started(run), ended(run), line(run, "one"))
    story.tell(line(run, "two"))
    everything = []
    with Listener(client, "topics=flow-runs,task-runs,logs&last_event_id=0") as listener:
        everything = [listener.hear() for _ in range(5)]

    for place, (id_, _, _) in enumerate(everything[:-1]):
        with Listener(client, "topics=flow-runs,task-runs,logs", last_event_id=id_) as listener:
            rest = [listener.hear() for _ in everything[place + 1 :]]
        assert of_each_kind(rest) == of_each_kind(everything[place + 1 :])


def test_who_is_cut_off_between_two_topics_of_one_event_misses_neither(client, store):
    Story(store).running()
    query = "topics=flow-runs,events"
    with Listener(client, f"{query}&last_event_id=0") as listener:
        (first, flow_runs, _), (second, events, _) = listener.hear(), listener.hear()
    assert (flow_runs, events) == ("flow-runs", "events")

    with Listener(client, query, last_event_id=first) as listener:
        assert [listener.hear()[1] for _ in range(2)] == ["flow-runs", "events"]
    with Listener(client, query, last_event_id=second) as listener:
        Story(store, "other").running("other")
        assert listener.hear()[2]["resource"]["prefect.resource.name"] == "other"


def test_a_stream_says_how_far_it_is_when_all_that_happens_is_for_others(client, store):
    Story(store).running()
    with Listener(client, f"topics=flow-runs&flow_run_id={an_id('none')}&last_event_id=0") as listener:
        assert listener.part() == b"retry: 1000"
        assert listener.part() == b"id: 0.0"
        reached = listener.part()

    assert reached.startswith(b"id: ")
    assert reached != b"id: 0.0"


def of_each_kind(heard):
    """Events in their order and lines in theirs: which of the two is sure first depends on who else writes."""
    events = [(topic, said) for _, topic, said in heard if topic != "logs"]
    return events, [said for _, topic, said in heard if topic == "logs"]


def test_events_are_told_by_filter(client):
    wanted = quote(json.dumps({"event": {"prefix": ["shop."]}}))
    with Listener(client, f"topics=events&filter={wanted}&last_event_id=0") as listener:
        for name in ("mill.turned", "shop.sold"):
            event = {"event": name, "id": an_id(name), "occurred": "2023-11-14T00:00:00Z"}
            client.post("/api/events", [event | {"resource": {"prefect.resource.id": "x"}}])

        assert listener.hear()[2]["event"] == "shop.sold"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("topics=flow-run", "did you mean 'flow-runs'"),
        ("topics=", "topics"),
        ("topics=logs&flow_run_id=x", "UUID"),
        ("topics=events&filter={", "filter"),
        ("topics=events&filter={%22x%22:1}", "unknown field"),
        ("last_event_id=abc", "12.34"),
        ("last_event_id=99999999999999999999", "12.34"),
    ],
)
def test_what_is_asked_wrongly_is_refused(client, query, field):
    said = client.get(f"/api/tm/live/stream?{query}")

    assert said.status == 422
    if field not in ("filter",):
        assert field in json.dumps(said.body)
