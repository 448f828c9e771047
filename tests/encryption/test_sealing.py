"""Secrets at rest (S9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.encryption import KeyRing, MissingKeyError, Place, SealBrokenError, key_id_of
from tidemill.encryption.errors import UnfitKeyError

OLD, NEW = b"o" * 32, b"n" * 32
RING = KeyRing([OLD])
PLACE = Place(1, "aws", "secret_key", 3)
places = st.builds(Place, st.integers(1, 5), st.text(max_size=4), st.text(max_size=4), st.integers(0, 5))


@given(st.binary(max_size=300), places)
def test_what_was_sealed_is_what_is_opened(plain, place):
    text = RING.seal(plain, place)

    assert RING.unseal(text, place) == plain
    assert key_id_of(text) == RING.current
    assert text.isascii()
    assert len(plain) < 8 or plain not in text.encode()


@given(places, places)
def test_S9_a_secret_opens_only_where_it_was_sealed(here, there):
    text = RING.seal(b"canary", here)

    if here == there:
        assert RING.unseal(text, there) == b"canary"
    else:
        with pytest.raises(SealBrokenError):
            RING.unseal(text, there)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Place(1, "a", "bc", 1), Place(1, "ab", "c", 1)),
        (Place(1, "a", "", 11), Place(11, "a", "", 1)),
        (Place(1, "a", "b", 1), Place(1, "a", "b", 2)),
        (Place(1, "a", "b", 1), Place(2, "a", "b", 1)),
    ],
)
def test_S9_places_that_look_alike_are_different(here, there):
    with pytest.raises(SealBrokenError, match="damaged, or was sealed for another place"):
        RING.unseal(RING.seal(b"x", here), there)


SEALED = RING.seal(b"canary of some length", PLACE)


@given(st.data())
def test_S9_a_flipped_cut_or_lengthened_text_is_refused(data):
    place = data.draw(st.integers(0, len(SEALED) - 1))
    other = data.draw(st.characters().filter(lambda character: character != SEALED[place]))

    for text in (SEALED[:place] + other + SEALED[place + 1 :], SEALED[:place], SEALED + other):
        with pytest.raises((SealBrokenError, MissingKeyError)):
            RING.unseal(text, PLACE)


def test_S9_parts_of_two_secrets_make_no_third():
    one, other = (RING.seal(plain, PLACE).split(".") for plain in (b"one", b"other"))

    with pytest.raises(SealBrokenError):
        RING.unseal(".".join([*one[:3], other[3]]), PLACE)


def test_the_same_secret_never_looks_the_same():
    assert RING.seal(b"x", PLACE) != RING.seal(b"x", PLACE)


@given(st.text(max_size=60))
def test_any_text_is_refused_in_words(text):
    with pytest.raises((SealBrokenError, MissingKeyError)):
        RING.unseal(text, PLACE)


def test_another_key_opens_nothing_and_says_which_is_missing():
    with pytest.raises(MissingKeyError, match=f"sealed with the key '{RING.current}', which is not here"):
        KeyRing([NEW]).unseal(SEALED, PLACE)


def test_a_secret_goes_to_another_key_and_stays_the_same():
    both = KeyRing([NEW, OLD])

    moved = both.rewrap(SEALED, PLACE)

    assert KeyRing([NEW]).unseal(moved, PLACE) == b"canary of some length"
    assert key_id_of(moved) == both.current != RING.current
    with pytest.raises(SealBrokenError):
        both.rewrap(SEALED, PLACE._replace(version=4))


def test_S9_keys_do_not_show():
    shown = f"{RING!r} {RING} {RING.key_ids}"

    assert OLD.decode() not in shown
    assert OLD.hex() not in shown
    assert RING.current in shown


def test_derived_bytes_are_the_same_wherever_the_ring_is_and_differ_by_purpose():
    assert RING.derived("csrf") == KeyRing([OLD, NEW]).derived("csrf")
    assert len({RING.derived("csrf"), RING.derived("other"), KeyRing([NEW]).derived("csrf"), OLD}) == 4


def test_bytes_that_were_derived_before_the_key_was_changed_can_be_had_as_long_as_it_is_there():
    before = KeyRing([OLD])

    assert RING.derived("runs", before.current) == before.derived("runs")
    with pytest.raises(MissingKeyError):
        KeyRing([NEW]).derived("runs", before.current)


@pytest.mark.parametrize("keys", [[], [b""], [b"x" * 31], [OLD, b"x"]])
def test_what_is_no_key_is_refused(keys):
    with pytest.raises(UnfitKeyError):
        KeyRing(keys)
