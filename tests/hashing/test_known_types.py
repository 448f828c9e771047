"""Records, arrays and frames of well-known packages have the hash of their content."""

from __future__ import annotations

import pickle

import pytest

from tidemill.hashing import stable_hash


def test_known_records_are_their_fields():
    msgspec = pytest.importorskip("msgspec")
    pydantic = pytest.importorskip("pydantic")
    attrs = pytest.importorskip("attrs")
    struct = msgspec.defstruct("S", ["a", "b"])
    model = pydantic.create_model("M", a=(int, ...), b=(int, 0))
    attr = attrs.make_class("A", ["a", "b"])

    for kind in (struct, model, attr):
        assert stable_hash(kind(a=1, b=2)) == stable_hash(kind(a=1, b=2))
        assert stable_hash(kind(a=1, b=2)) != stable_hash(kind(a=2, b=1))


def test_arrays_are_dtype_shape_and_elements():
    np = pytest.importorskip("numpy")
    table = np.arange(12).reshape(3, 4)

    assert stable_hash(table) == stable_hash(np.asfortranarray(table)) == stable_hash(table[::-1][::-1])
    assert stable_hash(table[:, ::2]) == stable_hash(table[:, ::2].copy())
    different = [
        table,
        table.T,
        table.reshape(4, 3),
        table.astype("f8"),
        table + 1,
        np.array(["2026-01-01"], "M8[D]"),
        np.array([], "f4"),
        np.array([], "f8"),
        np.array(1),
        np.array([1]),
        np.int64(1),
        np.int32(1),
        np.array([1, "a"], object),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    ]
    assert len({stable_hash(value) for value in different}) == len(different)


def test_frames_are_columns_types_and_index():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "s": ["x", None],
            "c": pd.Categorical(["u", "v"]),
            "t": pd.to_datetime(["2020", "2021"]).tz_localize("UTC"),
            "i": pd.array([1, None], dtype="Int64"),
        },
        index=[3, 4],
    )

    assert stable_hash(frame) == stable_hash(frame.copy()) == stable_hash(pickle.loads(pickle.dumps(frame)))
    different = [
        frame,
        frame.rename(columns={"n": "m"}),
        frame.reset_index(drop=True),
        frame[["s", "n", "c", "t", "i"]],
        frame.assign(n=[1, 3]),
        frame.astype({"n": "float64"}),
        frame["n"],
        frame["s"],
        frame.index,
        frame.set_index(["n", "s"]).index,
    ]
    assert len({stable_hash(value) for value in different}) == len(different)


def test_polars_frames_are_columns_and_types():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"n": [1, 2], "s": ["x", None]})

    assert stable_hash(frame) == stable_hash(frame.clone()) == stable_hash(pl.concat([frame[:1], frame[1:]]))
    different = [frame, frame.rename({"n": "m"}), frame.cast({"n": pl.Int32}), frame["n"], frame["s"], frame[:1]]
    assert len({stable_hash(value) for value in different}) == len(different)
