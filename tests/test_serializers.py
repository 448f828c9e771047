"""Values become bytes and come back, by the serializer that configuration names."""

from __future__ import annotations

import dataclasses
import enum
import threading
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill import json_types
from tidemill.exceptions import SerializationError
from tidemill.serializers import (
    CompressedJSONSerializer,
    CompressedPickleSerializer,
    CompressedSerializer,
    JSONSerializer,
    PickleSerializer,
    Serializer,
    UnknownSerializer,
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key != json_types.MARK), inner),
    max_leaves=15,
)


@dataclasses.dataclass
class Point:
    x: int
    at: date | None = None


@given(json_values)
def test_every_serializer_brings_a_value_back(value):
    for name in ("pickle", "json", "compressed/pickle", "compressed/json"):
        serializer = Serializer(type=name)
        assert serializer.loads(serializer.dumps(value)) == value


def test_a_name_gives_its_serializer():
    assert Serializer(type="pickle") == PickleSerializer()
    assert Serializer(type="json") == JSONSerializer()
    assert Serializer(type="compressed/pickle") == CompressedPickleSerializer()
    assert Serializer(type="compressed/json", compressionlib="zlib") == CompressedJSONSerializer(compressionlib="zlib")
    assert CompressedSerializer(serializer="json").serializer == JSONSerializer()
    assert PickleSerializer().picklelib == "cloudpickle"
    assert CompressedPickleSerializer().compressionlib == "lzma"


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"no serializer 'jsn', did you mean 'json'"):
        Serializer(type="jsn")


def test_a_program_adds_its_own():
    class Reversed(Serializer):
        type: Literal["reversed"] = "reversed"
        options: dict[str, int] = {}

        def dumps(self, obj):
            return obj[::-1].encode()

        def loads(self, blob):
            return blob.decode()[::-1]

    made = Serializer(type="reversed")

    assert made.loads(made.dumps("abc")) == "abc"
    assert made.dumps("abc") == b"cba"
    made.options["a"] = 1
    assert Reversed().options == {}


def test_a_serializer_that_does_nothing_cannot_be_made():
    class Empty(Serializer):
        type: str = "empty"

    with pytest.raises(TypeError, match="abstract"):
        Empty()


def test_an_unknown_serializer_says_so():
    with pytest.raises(SerializationError, match="'mystery' is not known here"):
        UnknownSerializer(type="mystery").loads(b"")


def test_wrong_options_are_refused_when_the_serializer_is_made():
    for wrong, said in [
        (lambda: PickleSerializer(picklelib="no_such_library"), "picklelib 'no_such_library' cannot be imported"),
        (lambda: PickleSerializer(picklelib="math"), r"'math' has no function dumps\(\)"),
        (lambda: PickleSerializer(picklelib_version="0.0"), "expected cloudpickle 0.0"),
        (lambda: CompressedPickleSerializer(compressionlib="math"), r"no function compress\(\)"),
        (lambda: JSONSerializer(dumps_kwargs={"default": str}), "'default', which object_encoder sets"),
        (lambda: JSONSerializer(loads_kwargs={"object_hook": str}), "'object_hook', which object_decoder sets"),
    ]:
        with pytest.raises(ValueError, match=said):
            wrong()
    with pytest.raises(TypeError, match="expected 'serializer'"):
        CompressedSerializer(serializer=3)
    with pytest.raises(TypeError, match="unexpected keyword"):
        PickleSerializer(pickle_lib="pickle")


def test_what_cannot_be_pickled_is_named_by_its_attribute():
    with pytest.raises(SerializationError, match=r"dict\['p'\]\.x is a lock: cannot pickle '_thread\.lock'"):
        PickleSerializer().dumps({"p": Point(threading.Lock())})


def test_functions_made_on_the_spot_pickle():
    serializer = PickleSerializer()

    assert serializer.loads(serializer.dumps(lambda x: x + 1))(1) == 2


def test_broken_bytes_are_a_clear_error():
    for name in ("pickle", "json", "compressed/pickle"):
        with pytest.raises(SerializationError):
            Serializer(type=name).loads(b"\x00broken")


def test_registered_types_pass_json():
    json_types.register(Point)
    value = {
        "point": Point(1, date(2026, 1, 2)),
        "more": [datetime(2026, 1, 1), time(1, 2), timedelta(1, 2, 3), Decimal("1.10"), UUID(int=5), Path("a/b")],
        "sets": [{1, 2}, frozenset({"x"}), b"raw", 1 + 2j],
    }
    serializer = JSONSerializer()

    assert serializer.loads(serializer.dumps(value)) == value


def test_records_of_every_library_can_be_registered():
    import msgspec
    import pydantic

    colour = enum.Enum("RegisteredColour", "RED GREEN")
    model = pydantic.create_model("RegisteredModel", a=(int, ...))
    struct = msgspec.defstruct("RegisteredStruct", ["a"])
    serializer = JSONSerializer()

    for kind, value in ((colour, colour.RED), (model, model(a=1)), (struct, struct(a=1))):
        json_types.register(kind)
        assert serializer.loads(serializer.dumps([value])) == [value]


def test_a_type_that_is_not_registered_is_refused_and_named():
    class Secret:
        pass

    with pytest.raises(SerializationError, match="Secret is not registered for JSON"):
        JSONSerializer().dumps([Secret()])
    with pytest.raises(TypeError, match="needs to_json and from_json"):
        json_types.register(Secret)


def test_two_types_cannot_have_one_name():
    with pytest.raises(ValueError, match="already stands for"):
        json_types.register(Point, name="datetime")


def test_classes_of_one_name_in_two_modules_are_told_apart():
    def made(module):
        return dataclasses.dataclass(type("Twin", (), {"__module__": module}))

    json_types.register(made("here"))
    json_types.register(made("here"))  # imported anew
    with pytest.raises(ValueError, match=r"already stands for here\.Twin"):
        json_types.register(made("there"))
    json_types.register(made("there"), "there.Twin")


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "Nope", "subprocess:Popen"])
def test_json_calls_and_imports_nothing_that_data_names(name):
    with pytest.raises(SerializationError, match="not registered here"):
        JSONSerializer().loads(f'{{"{json_types.MARK}": "{name}", "value": "echo hello"}}'.encode())


@pytest.mark.parametrize("name", ["[]", "{}", "null", "1"])
def test_json_with_a_strange_mark_is_refused(name):
    with pytest.raises(SerializationError):
        JSONSerializer().loads(f'{{"{json_types.MARK}": {name}, "value": 1}}'.encode())


def test_a_dict_that_looks_like_a_mark_is_refused_rather_than_misread():
    with pytest.raises(SerializationError, match="Use the serializer 'pickle'"):
        JSONSerializer().dumps({json_types.MARK: "datetime", "value": "2026-01-01"})


def test_json_without_encoder_is_plain_json():
    serializer = JSONSerializer(object_encoder=None, object_decoder=None, dumps_kwargs={"sort_keys": True})

    assert serializer.dumps({"b": 1, "a": 2}) == b'{"a": 2, "b": 1}'
    with pytest.raises(SerializationError):
        serializer.dumps({1, 2})
