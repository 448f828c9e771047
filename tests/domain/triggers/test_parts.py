from .rules import Story, moments, parts, rule, seen

A, B, C = (rule(name, expect=(name,)) for name in "abc")


def test_all_must_fire():
    story = Story(parts(A, B))

    assert story.tell(seen(1, "a"), seen(2, "a")) == []
    (fired,) = story.tell(seen(3, "b"))
    assert fired.event == {"id": "b of r at 3"}
    assert [one.event["id"] for one in fired.parts] == ["a of r at 2", "b of r at 3"]
    assert story.tell(seen(4, "b")) == []


def test_one_of_them_is_enough_where_that_is_asked_for():
    story = Story(parts(A, B, needed=1))

    assert moments(story.tell(seen(1, "a"), seen(2, "b"))) == [1, 2]
    assert story.states == {}


def test_some_of_them():
    assert moments(Story(parts(A, B, C, needed=2)).tell(seen(1, "a"), seen(2, "a"), seen(3, "c"))) == [3]


def test_no_further_apart_than_that_in_whichever_order_they_come():
    story = Story(parts(A, B, within=10))

    assert story.tell(seen(0, "a"), seen(11, "b")) == []
    assert moments(story.tell(seen(1, "a"))) == [11]


def test_in_their_order_by_time_not_by_coming():
    assert Story(parts(A, B, ordered=True)).tell(seen(2, "b"), seen(3, "a")) == []
    assert moments(Story(parts(A, B, ordered=True)).tell(seen(2, "b"), seen(1, "a"))) == [2]
    assert moments(Story(parts(A, B, ordered=True)).tell(seen(1, "b"), seen(2, "a"), seen(3, "b"))) == [3]


def test_parts_of_parts():
    story = Story(parts(parts(A, B, name="inner"), C, ordered=True))

    assert story.tell(seen(1, "c"), seen(2, "a"), seen(3, "b")) == []
    (fired,) = story.tell(seen(4, "c"))
    assert [len(one.parts) for one in fired.parts] == [2, 0]


def test_what_can_be_of_no_use_any_more_is_forgotten():
    story = Story(parts(A, B, within=10))
    story.tell(seen(0, "a"))

    story.wait_until(69)
    assert len(story.states) == 1
    story.wait_until(70)
    assert story.states == {}
