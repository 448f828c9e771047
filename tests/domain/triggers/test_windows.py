from .rules import LATE, SECOND, Story, moments, rule, seen


def test_fires_at_every_event_unless_told_otherwise():
    story = Story(rule(expect=("e",)))

    assert moments(story.tell(seen(1), seen(2), seen(2, "other"), seen(0.5))) == [1, 2, 0.5]
    assert story.states == {}


def test_fires_when_enough_have_come_and_not_again_before_the_window_is_over():
    story = Story(rule(expect=("e",), threshold=2, within=10))

    assert moments(story.tell(seen(0), seen(3), seen(4), seen(5), seen(9))) == [3]
    assert moments(story.tell(seen(11), seen(12))) == [12]


def test_those_that_are_too_far_apart_are_not_enough():
    story = Story(rule(expect=("e",), threshold=2, within=10))

    assert story.tell(seen(0), seen(10), seen(21), seen(32)) == []
    assert moments(story.tell(seen(33))) == [33]


def test_events_may_come_in_any_order():
    story = Story(rule(expect=("e",), threshold=3, within=10))

    assert moments(story.tell(seen(9), seen(3), seen(0))) == [0]


def test_an_event_that_is_too_late_does_not_count():
    story = Story(rule(expect=("e",), threshold=2, within=10))

    assert story.tell(seen(100), seen(100 - LATE / SECOND - 1)) == []


def test_each_key_counts_on_its_own():
    story = Story(rule(expect=("e",), threshold=2, within=10, for_each=("prefect.resource.id",)))

    assert story.tell(seen(0, resource="a"), seen(1, resource="b")) == []
    (fired,) = story.tell(seen(2, resource="b"))
    assert fired.labels == {"prefect.resource.id": "b"}
    assert fired.event == {"id": "e of b at 2"}


def test_what_must_come_first():
    story = Story(rule(expect=("e",), after=("a",), within=10))

    assert story.tell(seen(1)) == []
    assert story.tell(seen(2, "a"), seen(1)) == []
    assert moments(story.tell(seen(5))) == [5]
    assert story.tell(seen(6)) == []


def test_what_came_first_is_forgotten_when_its_time_is_over():
    story = Story(rule(expect=("e",), after=("a",), within=10))

    assert story.tell(seen(0, "a"), seen(11)) == []
    assert moments(story.tell(seen(12, "a"), seen(13))) == [13]


def test_what_begins_a_window_does_not_count_in_it():
    story = Story(rule(expect=("e",), after=("e",), within=10))

    assert moments(story.tell(seen(0), seen(3), seen(4), seen(5))) == [3, 5]


def test_a_window_that_is_over_is_forgotten():
    story = Story(rule(expect=("e",), threshold=2, within=10))
    story.tell(seen(0))

    story.wait_until(69)
    assert len(story.states) == 1
    story.wait_until(70)
    assert story.states == {}


def test_fires_when_nothing_has_come():
    story = Story(rule(proactive=True, expect=("e",), within=10), begins=100)

    assert story.wait_until(109) == []
    assert moments(story.wait_until(110)) == [110]
    story.tell(seen(112))
    assert story.wait_until(120) == []
    assert moments(story.wait_until(131)) == [130]


def test_a_long_absence_fires_once_and_windows_go_on_where_they_were():
    story = Story(rule(proactive=True, expect=("e",), within=10))

    assert moments(story.wait_until(1005)) == [10]
    ((window,),) = [story.states.values()]
    assert (window.start, window.end) == (1000 * SECOND, 1010 * SECOND)


def test_fires_when_what_should_follow_does_not():
    story = Story(
        rule(proactive=True, expect=("done",), after=("begun",), within=10, for_each=("prefect.resource.id",))
    )

    story.tell(seen(0, "begun", "a"), seen(1, "begun", "b"), seen(5, "done", "a"))
    assert story.wait_until(10) == []
    (fired,) = story.wait_until(12)
    assert (fired.at, fired.labels, fired.event["id"]) == (11 * SECOND, {"prefect.resource.id": "b"}, "begun of b at 1")
    assert story.states == {}


def test_what_comes_behind_the_end_is_no_excuse():
    story = Story(rule(proactive=True, expect=("done",), after=("begun",), within=10))

    story.tell(seen(0, "begun"))
    assert moments(story.tell(seen(10, "done"))) == [10]
    assert story.wait_until(100) == []


def test_each_beat_asks_for_another():
    beats = rule(proactive=True, expect=("beat", "done"), after=("beat",), within=10)
    story = Story(beats)

    story.tell(seen(0, "beat"), seen(8, "beat"), seen(16, "beat"))
    assert story.wait_until(25) == []
    assert moments(story.wait_until(26)) == [26]

    story.tell(seen(30, "beat"), seen(35, "done"))
    assert story.wait_until(100) == []


def test_a_key_that_is_silent_is_told_once():
    story = Story(rule(proactive=True, expect=("e",), threshold=2, within=10, for_each=("prefect.resource.id",)))

    story.tell(seen(0, resource="a"), seen(0, resource="b"), seen(5, resource="b"))
    assert [one.labels["prefect.resource.id"] for one in story.wait_until(10)] == ["a"]
    assert story.states == {}
