import pytest

from tidemill.domain.triggers.matching import covers, fits, is_expected, is_first, key_of

from .rules import rule, seen

FLOW = {"prefect.resource.id": "prefect.flow.1", "prefect.resource.role": "flow", "name": "f"}
TAG = {"prefect.resource.id": "prefect.tag.x", "prefect.resource.role": "tag"}


@pytest.mark.parametrize(
    ("pattern", "yes"),
    [("a.b", True), ("a.*", True), ("*", True), ("a", False), ("a.*.b", False), ("*.b", True), ("A.B", False)],
)
def test_a_star_is_anything(pattern, yes):
    assert fits("a.b", pattern) is yes


def test_where_no_names_are_given_all_are_expected_and_none_comes_first():
    assert is_expected(rule(), "x")
    assert not is_first(rule(), "x")
    assert is_expected(rule(expect=("a", "x.*")), "x.y")
    assert not is_expected(rule(expect=("a",)), "x")
    assert is_first(rule(after=("x.*",)), "x.y")


@pytest.mark.parametrize(
    ("match", "yes"),
    [
        ({}, True),
        ({"a": "1"}, True),
        ({"a": ["0", "1"]}, True),
        ({"a": ["0", "2"]}, False),
        ({"a": "!1"}, False),
        ({"a": ["!0", "!2"]}, True),
        ({"a": ["!0", "!1"]}, False),
        ({"a": "1", "b": "2"}, False),
        ({"b": "!2"}, False),
        ({"a": []}, False),
    ],
)
def test_labels(match, yes):
    assert covers(rule(match=match), seen(0, a="1")) is yes


def test_each_specification_must_fit_something_that_it_has_to_do_with():
    event = seen(0, related=[FLOW, TAG])

    assert covers(rule(related=({"name": "f"}, {"prefect.resource.id": "prefect.tag.*"})), event)
    assert not covers(rule(related=({"name": "f"}, {"prefect.resource.id": "prefect.worker.*"})), event)
    assert not covers(rule(related=({"name": "f", "prefect.resource.role": "tag"},)), event)
    assert covers(rule(related=({},)), seen(0))


def test_keys():
    event = seen(0, related=[TAG, FLOW], a="1")
    labels = ("a", "missing", "related:flow:name", "related:flow:missing", "related:worker:name")

    assert key_of(rule(for_each=labels), event) == ("1", "", "f", "", "")
