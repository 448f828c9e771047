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


def test_parts_within_parts_are_undone_with_what_is_around_them(store):
    run = Story(store).running()

    with store.together():
        for number in range(3):
            with pytest.raises(KeyError), store.together():  # noqa: PT012 - likewise
                Story(store, f"around-{number}").tell(line(run, "lost"))
                with store.together():
                    Story(store, f"within-{number}").tell(line(run, "lost"))
                with store.together():
                    pass
                raise KeyError
            with store.together(), store.together():
                Story(store, f"kept-{number}").tell(line(run, f"kept {number}"))

    assert [log.message for log in store.read_logs()] == ["kept 0", "kept 1", "kept 2"]


def test_a_part_of_many_rows_that_fails_behind_another_part_is_undone_by_itself(store):
    many = "INSERT INTO producer (id) VALUES (?)"

    with store.together():
        with pytest.raises(StoreError), store.together():  # noqa: PT012 - likewise
            with store.together(), store._connections.writing() as session:
                session.execute(many, ("inner",))
            with store._connections.writing() as session:
                session.executemany(many, [("a",), ("a",)])
        with store._connections.writing() as session:
            session.execute(many, ("kept",))

    assert store.read_producer("inner") is None
    assert store.read_producer("kept") is not None


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
