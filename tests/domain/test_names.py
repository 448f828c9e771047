"""Names: made up, from templates, checked, and safe to store."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.domain.names import (
    LONGEST_NAME_BYTES,
    check_name,
    check_template,
    clean_text,
    cut,
    filled,
    made_up_name,
    storable_json,
    template_fields,
)
from tidemill.domain.words import ADJECTIVES, ANIMALS
from tidemill.exceptions import InvalidNameError, OptionError


def test_there_are_words_enough_and_none_twice():
    for words in (ADJECTIVES, ANIMALS):
        assert len(words) >= 200
        assert len(set(words)) == len(words)
        assert all(word.isascii() and word.isalpha() and word.islower() for word in words)


@given(st.integers(0, 2**64))
def test_a_made_up_name_depends_on_its_entropy_alone(entropy):
    adjective, animal = made_up_name(entropy).split("-")

    assert adjective in ADJECTIVES
    assert animal in ANIMALS
    assert made_up_name(entropy) == made_up_name(entropy)


def test_every_pair_of_words_is_made_up_once():
    pairs = len(ADJECTIVES) * len(ANIMALS)

    assert len({made_up_name(n) for n in range(pairs)}) == pairs


@given(st.text(st.characters(codec=None, categories=None) | st.sampled_from(["\x00", "\ud800", "\udcff"])))
def test_cleaned_text_can_be_stored_and_is_cleaned_once(text):
    cleaned = clean_text(text)

    assert "\x00" not in cleaned
    cleaned.encode()
    assert clean_text(cleaned) is cleaned or clean_text(cleaned) == cleaned


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_text_that_can_be_stored_is_left_alone(text):
    assert clean_text(text) is text


def test_what_cannot_be_stored_stays_visible():
    assert clean_text("a\x00b\udc80é") == "a␀b\\udc80é"


@pytest.mark.parametrize("name", ["a/b", "50%", "a&b", "<a>", "", "  ", '""'])
def test_names_that_would_not_do_are_refused(name):
    with pytest.raises(InvalidNameError, match="The flow name "):
        check_name(name, "flow name")


@pytest.mark.parametrize("name", ["etl", "Zürich nightly", "日本", "a.b_c-d", "it's"])
def test_other_names_will_do(name):
    assert check_name(name) == name


def test_a_template_is_filled_with_parameters():
    parameters = {"x": 1, "when": 3 + 4j, "items": ["a", "b"]}

    assert filled("{x:>3}-{when.real}-{items[1]}-{x!r}-{{x}}", parameters, "task_run_name") == "  1-3.0-b-1-{x}"
    assert template_fields("{x:>3}-{when.real}-{items[1]}") == ("x", "when", "items")


def test_names_are_made_safe_to_store():
    assert filled("{x}", {"x": "a\x00"}, "task_run_name") == "a␀"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{nmae}", "The flow_run_name '{nmae}' asks for 'nmae', which is no parameter, did you mean 'name'?"),
        ("{zzz}", "The flow_run_name '{zzz}' asks for 'zzz', which is no parameter; there is 'name', 'size'"),
        ("{name", "The flow_run_name '{name' is not a template: "),
        (3, "expected 'flow_run_name' to be text or a function that returns text, got 3"),
    ],
)
def test_a_wrong_template_is_found_when_the_flow_is_made(template, message):
    with pytest.raises(OptionError) as refused:
        check_template(template, ["name", "size"], "flow_run_name")

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("template", [None, "", "plain", "{name}-{size.real}", lambda: "x"])
def test_a_right_template_passes(template):
    check_template(template, ["name", "size"], "flow_run_name")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{x.nothing}", "cannot be filled: 'int' object has no attribute 'nothing'"),
        ("{y}", "asks for 'y', which is no parameter; there is 'x'"),
    ],
)
def test_a_name_that_cannot_be_made_says_why(template, message):
    with pytest.raises(OptionError) as refused:
        filled(template, {"x": 1}, "task_run_name")

    assert message in str(refused.value)


@given(st.lists(st.sampled_from(["a", "\\u0000", "\\\\", "\\ud800", "\\udc00", "\\uD83D\\uDE00", "u0000", "é", '\\"'])))
def test_json_is_made_storable_and_stays_what_it_was_where_it_is(parts):
    document = f'["{"".join(parts)}"]'.encode()

    (text,) = msgspec.json.decode(storable_json(document))

    assert "\x00" not in text
    assert clean_text(text) == text
    whole = json.loads(document)[0]
    assert text == clean_text(whole)


def test_a_name_that_is_too_long_is_cut_between_characters():
    assert cut("x" * LONGEST_NAME_BYTES) == "x" * LONGEST_NAME_BYTES
    for character in "xü宇🌊":
        name = cut(character * LONGEST_NAME_BYTES + "x")
        assert name == character * (len(name) - 1) + "…"
        assert LONGEST_NAME_BYTES - 4 < len(name.encode()) <= LONGEST_NAME_BYTES


def test_a_flow_with_a_name_that_is_too_long_is_refused():
    with pytest.raises(InvalidNameError, match="is too long: expected 1000 bytes at most, got 3000"):
        check_name("宇" * 1000)
