"""API keys as they are presented (S3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.server.auth.keys import ENTROPY_BYTES, make_key, parse_key

KEY = make_key(bytes(range(ENTROPY_BYTES)))


@given(st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_a_key_is_read_back_as_it_was_written(entropy):
    key = make_key(entropy)

    read = parse_key(key.text())

    assert (read.id, read.text(), read.digest()) == (key.id, key.text(), key.digest())
    assert read.matches(key.digest())


@given(st.data())
def test_a_mistyped_or_cut_key_is_told_by_its_check(data):
    text = KEY.text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[place]))

    assert parse_key(text[:place] + other + text[place + 1 :]) is None
    assert parse_key(text[:place]) is None
    assert parse_key(text + other) is None


@pytest.mark.parametrize(
    "text", ["", "tmk_", "tmk___", KEY.text().upper(), KEY.text() + "\n", f" {KEY.text()}", "x" * 99]
)
def test_other_texts_are_no_keys(text):
    assert parse_key(text) is None


def test_another_secret_does_not_match():
    other = make_key(bytes(ENTROPY_BYTES))

    assert not other.matches(KEY.digest())
    assert not other.matches("")


def test_S3_the_secret_does_not_show():
    secret = KEY.text().split("_")[2]

    assert secret not in f"{KEY!r} {KEY} {KEY.digest()} {[KEY]} {vars(type(KEY))}"
    assert KEY.id in repr(KEY)


def test_a_key_needs_all_its_randomness():
    with pytest.raises(ValueError, match="expected 40 random bytes, got 16"):
        make_key(bytes(16))
