"""Background tasks, handed out over a socket."""

from __future__ import annotations

import pytest

from tests.store.conformance.story import NOW, Story, an_id
from tidemill.domain.entries import TaskRunCreated, TaskRunStateSet

from .talking import Closed, Peer


def scheduled(store, name, *, key="mod.task", deferred=True):
    Story(store, f"producer of {name}").tell(
        TaskRunCreated("", an_id(name), None, name, key, "0", [], {}, NOW, "Pending", None),
        TaskRunStateSet("", an_id(name), "SCHEDULED", "Scheduled", None, NOW, 0, {"deferred": deferred}),
    )
    return an_id(name)


def served(client, *keys, id_="worker"):
    return Peer(client, "/task_runs/subscriptions/scheduled"), {
        "type": "subscribe",
        "keys": list(keys),
        "client_id": id_,
    }


def test_task_runs_are_handed_out_one_after_the_other_each_when_the_last_is_confirmed(client, store):
    one = scheduled(store, "one")
    scheduled(store, "another's", key="mod.other")
    scheduled(store, "now", deferred=False)
    peer, subscription = served(client, "mod.task")
    with peer:
        peer.greet().say(subscription)
        first = peer.hear()
        two = scheduled(store, "two")
        peer.say({"type": "ack"})
        second = peer.hear()

    assert [first["id"], second["id"]] == [one, two]
    assert first["state"]["type"] == "SCHEDULED"
    assert first["state"]["state_details"]["deferred"] is True
    assert first["task_key"] == "mod.task"


def test_what_was_not_confirmed_goes_to_the_next(client, store):
    one = scheduled(store, "one")
    for _ in range(2):
        peer, subscription = served(client, "mod.task")
        with peer:
            peer.greet().say(subscription)

            assert peer.hear()["id"] == one


def test_one_task_run_goes_to_one_of_several(client, store):
    ids = {scheduled(store, name) for name in ("one", "two")}
    one, subscription = served(client, "mod.task", id_="a")
    other, _ = served(client, "mod.task", id_="b")
    with one, other:
        one.greet().say(subscription)
        other.greet().say(subscription | {"client_id": "b"})

        assert {one.hear()["id"], other.hear()["id"]} == ids


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "hello"}, "'subscribe' message"),
        ({"type": "subscribe", "keys": [], "client_id": "a"}, "'keys' in subscribe message"),
        ({"type": "subscribe", "keys": ["a"]}, "'client_id' in subscribe message"),
    ],
)
def test_who_does_not_keep_to_the_protocol_is_sent_away(client, message, expected):
    with Peer(client, "/task_runs/subscriptions/scheduled") as peer:
        peer.greet().say(message)
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert (closed.value.code, closed.value.reason) == (4001, f"Protocol violation: expected {expected}")


def test_what_is_neither_confirmed_nor_ended_is_a_violation(client, store):
    scheduled(store, "one")
    peer, subscription = served(client, "mod.task")
    with peer:
        peer.greet().say(subscription)
        peer.hear()
        peer.say({"type": "thanks"})
        with pytest.raises(Closed) as closed:
            peer.hear()

    assert closed.value.code == 4001
