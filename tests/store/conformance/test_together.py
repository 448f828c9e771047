"""Several methods of the store as one transaction."""

from __future__ import annotations

import pytest

from tidemill.store.errors import StoreError
from tidemill.store.tailing import Tail

from .story import NOW, Story, an_id, line


def test_a_part_that_fails_is_undone_by_itself(store):
    run = Story(store).running()

    with store.together():
        Story(store, "kept").tell(line(run, "kept"))
        with pytest.raises(StoreError), store.together():  # noqa: PT012 - what came before is undone with it
            Story(store, "lost").tell(line(run, "lost"))
            store.apply(Story(store, "broken").batch(line(run, None)), own=True)
        with pytest.raises(LookupError), store.together():  # noqa: PT012 - likewise
            Story(store, "lost").tell(line(run, "lost"))
            store.resume_flow_run(an_id("nobody"), NOW)
        Story(store, "after").tell(line(run, "after"))
        assert [log.message for log in store.read_logs()] == ["kept", "after"]

    assert [log.message for log in store.read_logs()] == ["kept", "after"]


def test_what_fails_is_undone_as_a_whole(store):
    run = Story(store).running()

    with pytest.raises(KeyError), store.together():  # noqa: PT012 - likewise
        Story(store, "lost").tell(line(run, "lost"))
        with store.together():
            Story(store, "too").tell(line(run, "lost too"))
        raise KeyError

    assert store.read_logs() == []
    assert store.read_producer("lost") is None


def test_what_can_be_seen_of_a_table_that_is_followed_is_sure(store):
    run = Story(store).running()
    tail = Tail("log")

    for number in range(1, 4):
        Story(store, f"p{number}").tell(line(run, "x"))
        with store._connections.reading() as session:
            assert any(tail.sure(session) == number for _ in range(10_000))  # others may be at work beside it
