"""Large values as inputs of calls: named within a run by a quick keyed digest, by content alone."""

from __future__ import annotations

from typing import Any

import pytest

from tidemill.hashing import hash_inputs
from tidemill.hashing.quick import LARGE, PIECE, digest, encoded

SEED = 0x0123_4567_89AB_CDEF


def name(value: Any, seed: int | None = SEED) -> bytes:
    return hash_inputs({"value": value}, seed)


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        (b"\xff" * LARGE, b"".join([b"\xff"] * LARGE), b"\xff" * (LARGE - 1) + b"\xfe"),
        ("é" * LARGE, "".join(["é"] * LARGE), "é" * (LARGE - 1) + "e"),
        ("\ud800" * LARGE, "".join(["\ud800"] * LARGE), "\ud800" * (LARGE - 1) + "\udc00"),
        (list(range(LARGE // 8)), [*range(LARGE // 8)], [*range(LARGE // 8 - 1), -1]),
        ([0.5] * LARGE, [*[0.5] * LARGE], [*[0.5] * (LARGE - 1), 1.5]),
        (["ab"] * LARGE, [*["ab"] * LARGE], [*["ab"] * (LARGE - 1), "ac"]),
    ],
    ids=["bytes", "text", "lone surrogates", "ints", "floats", "texts"],
)
def test_a_large_value_is_named_by_its_content(one: Any, same: Any, other: Any) -> None:
    assert name(one) == name(same)
    assert name(one) != name(other)


def test_equal_bytes_of_other_types_have_other_names() -> None:
    data = b"a" * LARGE
    assert len({name(data), name(bytearray(data)), name(memoryview(data)), name("a" * LARGE)}) == 4


def test_the_name_is_good_for_one_run_only() -> None:
    data = b"a" * LARGE
    assert len({name(data), name(data, SEED + 1), name(data, None)}) == 3


def test_small_values_have_the_name_they_have_everywhere() -> None:
    assert name(b"a" * (LARGE - 1)) == name(b"a" * (LARGE - 1), None)


def test_pieces_of_a_text_are_its_encoding() -> None:
    text = "é\ud83c" * PIECE + "end"
    assert b"".join(encoded(text)) == text.encode("utf-8", "surrogatepass")
    assert digest(encoded(text), SEED) == digest([text.encode("utf-8", "surrogatepass")], SEED)


def test_an_array_changed_in_place_has_another_name() -> None:
    np = pytest.importorskip("numpy")
    array = np.zeros(LARGE // 8)
    before = name(array)
    array[-1] = 1
    assert name(array) != before


@pytest.mark.parametrize("seed", [None, SEED])
def test_an_array_counts_the_same_however_it_lies_in_memory(seed: int | None) -> None:
    np = pytest.importorskip("numpy")
    cube = np.arange(3 * 400 * 400.0).reshape(3, 400, 400)
    assert name(cube, seed) == name(np.asfortranarray(cube), seed) == name(np.ascontiguousarray(cube[::-1])[::-1], seed)
    wide = np.arange(6 * PIECE).reshape(3, 2 * PIECE)
    assert name(wide, seed) == name(np.asfortranarray(wide), seed)
    assert name(wide[:, ::2], seed) == name(wide[:, ::2].copy(), seed)
    assert name(wide[0, ::2], seed) == name(wide[0, ::2].copy(), seed)
