"""It is the same however events are cut into batches, and whatever happens to others."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from .rules import Story, parts, rule, seen

EACH = ("prefect.resource.id",)
RULES = st.builds(
    rule,
    within=st.sampled_from([0, 5, 20]),
    threshold=st.integers(1, 3),
    expect=st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    after=st.sampled_from([(), ("a",), ("b",)]),
    for_each=st.sampled_from([(), EACH]),
    proactive=st.just(False),
) | st.builds(
    rule,
    within=st.sampled_from([10, 20]),
    threshold=st.integers(1, 3),
    expect=st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    after=st.sampled_from([(), ("a",), ("b",)]),
    for_each=st.sampled_from([(), EACH]),
    proactive=st.just(True),
)
COMPOUND = st.builds(
    lambda ordered, within, **rules: parts(
        *(one._replace(id=rule(name).id) for name, one in rules.items()), ordered=ordered, within=within
    ),
    ordered=st.booleans(), within=st.sampled_from([None, 5, 30]), first=RULES, second=RULES,
)  # fmt: skip
EVENTS = st.lists(st.tuples(st.integers(0, 120), st.sampled_from("ab"), st.sampled_from("xy")), unique=True).map(
    lambda told: [seen(at, name, resource) for at, name, resource in told]
)


@settings(max_examples=200)
@given(RULES | COMPOUND, EVENTS, st.data())
def test_in_one_batch_or_in_many(whole, events, data):
    at_once, cut = Story(whole), Story(whole)

    fired, left = [], list(events)
    while left:
        size = data.draw(st.integers(1, len(left)))
        fired += cut.tell(*left[:size])
        del left[:size]

    assert fired == at_once.tell(*events)
    assert cut.states == at_once.states
    assert cut.wait_until(1000) == at_once.wait_until(1000)


@settings(max_examples=200)
@given(RULES.filter(lambda one: one.for_each), EVENTS)
def test_keys_have_nothing_to_do_with_each_other(whole, events):
    together, apart = Story(whole), Story(whole)

    fired = together.tell(*events)
    of_each = apart.tell(*sorted(events, key=lambda one: one.resource["prefect.resource.id"]))

    assert sorted(one.id for one in fired) == sorted(one.id for one in of_each)
    assert together.states == apart.states


@settings(max_examples=200)
@given(RULES | COMPOUND, EVENTS)
def test_no_firing_is_told_twice(whole, events):
    story = Story(whole)

    ids = [one.id for one in [*story.tell(*events), *story.wait_until(1000), *story.wait_until(2000)]]

    assert len(set(ids)) == len(ids)
