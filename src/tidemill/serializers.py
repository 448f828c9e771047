"""How values become bytes and come back.

A serializer is chosen by configuration, by name (``"pickle"``, ``"json"``, ``"compressed/pickle"`` …) or as an
instance, never by what stands in a record. Subclass `Serializer` with a ``type`` of your own to add one.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
from abc import ABC, abstractmethod
from functools import partial
from typing import Any, Generic, TypeVar, dataclass_transform

from tidemill.exceptions import SerializationError
from tidemill.json_types import MARK, decode, encode
from tidemill.main_program import loads
from tidemill.suggestions import did_you_mean

D = TypeVar("D")

_BY_NAME: dict[str, Any] = {}


@dataclass_transform(kw_only_default=True)
class Serializer(ABC, Generic[D]):
    """Turns values into bytes and back. ``Serializer(type="json")`` gives the one of that name.

    A subclass declares its options as annotated attributes, gives ``type`` a default (its name in configuration), and
    implements ``dumps`` and ``loads``.
    """

    type: str

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in inspect.get_annotations(cls):
            default = cls.__dict__.get(name)
            if isinstance(default, (dict, list, set)):
                setattr(cls, name, dataclasses.field(default_factory=partial(copy.deepcopy, default)))
        dataclasses.dataclass(kw_only=True)(cls)
        own_name = cls.__dict__.get("type")
        if isinstance(own_name, str):
            _BY_NAME[own_name] = cls

    def __new__(cls, **options: Any) -> Serializer[D]:
        if cls is Serializer:
            cls = _class_named(options.get("type"))  # noqa: PLW0642 - the abstract class stands for the one that is named
        return object.__new__(cls)

    @abstractmethod
    def dumps(self, obj: D) -> bytes:
        """The bytes that stand for a value. Raises SerializationError naming what stands in the way."""

    @abstractmethod
    def loads(self, blob: bytes) -> D:
        """The value that the bytes stand for."""


def serializer_named(name: str) -> Serializer[Any]:
    """The serializer registered under a name, with its default options. Raises ValueError for an unknown name."""
    made: Serializer[Any] = _class_named(name)()
    return made


def _class_named(name: Any) -> Any:
    known = _BY_NAME
    if name in known:
        return known[name]
    hint = did_you_mean(str(name), known) or "."
    raise ValueError(f"There is no serializer {name!r}{hint} Known: {', '.join(sorted(known))}.")


class PickleSerializer(Serializer[D]):
    """Takes almost any Python value. Records are only unpickled after their mark was checked (see `tidemill.results`).

    ``picklelib`` is any module with ``dumps`` and ``loads``. The default tries the faster ``pickle`` first and writes
    the same format. ``picklelib_version`` refuses to start with another version of it.
    """

    type: str = "pickle"
    picklelib: str = "cloudpickle"
    picklelib_version: str | None = None

    def __post_init__(self) -> None:
        if self.picklelib in {"cloudpickle", "pickle"} and self.picklelib_version is None:
            return
        library = _module(self.picklelib, "picklelib", ("dumps", "loads"))
        found = getattr(library, "__version__", None)
        if self.picklelib_version is not None and found != self.picklelib_version:
            raise ValueError(f"expected {self.picklelib} {self.picklelib_version}, got {found}. Install that version.")

    def dumps(self, obj: D) -> bytes:
        """The value's pickle. Raises SerializationError with the attribute that cannot be pickled."""
        try:
            if self.picklelib == "cloudpickle":
                return _pickled(obj)
            return importlib.import_module(self.picklelib).dumps(obj)  # type: ignore[no-any-return]  # any library's
        except Exception as error:
            from tidemill.pickling import why_unpicklable  # noqa: PLC0415 - only after a failure

            reason = why_unpicklable(obj) or f"{type(obj).__qualname__}: {error}"
            raise SerializationError(f"cannot pickle the value: {reason}") from error

    def loads(self, blob: bytes) -> D:
        """The value of a pickle. Raises SerializationError when its classes cannot be found or refuse their state."""
        try:
            if self.picklelib in {"cloudpickle", "pickle"}:
                return loads(blob)  # type: ignore[no-any-return]  # anything
            return importlib.import_module(self.picklelib).loads(blob)  # type: ignore[no-any-return]  # any library's
        except Exception as error:
            raise SerializationError(f"cannot unpickle the value: {type(error).__name__}: {error}") from error


def _pickled(obj: Any) -> bytes:
    try:
        data = pickle.dumps(obj, 5)
        if b"__main__" not in data:
            return data
    except Exception:  # noqa: BLE001, S110 - cloudpickle gives the final answer
        pass
    data = b""  # let it go before the second copy is made
    from tidemill import by_value  # noqa: PLC0415 - rarely needed

    return by_value.dumps(obj)


class JSONSerializer(Serializer[D]):
    """Takes JSON's own types and the registered ones (`tidemill.json_types.register`); keys of dicts become texts.

    ``object_encoder`` and ``object_decoder`` name functions as ``module.function``; None leaves JSON as it is.
    """

    type: str = "json"
    jsonlib: str = "json"
    object_encoder: str | None = "tidemill.serializers.tidemill_json_object_encoder"
    object_decoder: str | None = "tidemill.serializers.tidemill_json_object_decoder"
    dumps_kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    loads_kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.object_encoder and "default" in self.dumps_kwargs:
            raise ValueError("dumps_kwargs has 'default', which object_encoder sets. Pass object_encoder=None.")
        if self.object_decoder and "object_hook" in self.loads_kwargs:
            raise ValueError("loads_kwargs has 'object_hook', which object_decoder sets. Pass object_decoder=None.")
        if self.jsonlib != "json":
            _module(self.jsonlib, "jsonlib", ("dumps", "loads"))

    def dumps(self, obj: D) -> bytes:
        """The value as JSON. Raises SerializationError with the type that JSON has no form for."""
        library = importlib.import_module(self.jsonlib)
        options = dict(self.dumps_kwargs)
        used = 0
        if self.object_encoder:
            encoder = _function(self.object_encoder)

            def counted(value: Any) -> Any:
                nonlocal used
                used += 1
                return encoder(value)

            options["default"] = counted
        try:
            text = library.dumps(obj, **options)
        except (TypeError, ValueError, RecursionError) as error:
            raise SerializationError(f"cannot write {type(obj).__qualname__} as JSON: {error}") from error
        blob = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
        if self.object_encoder == JSONSerializer.object_encoder and blob.count(f'"{MARK}"'.encode()) > used:
            raise SerializationError(
                f"cannot write {type(obj).__qualname__} as JSON: it holds the text {MARK!r}, by which registered types"
                " are marked. Use the serializer 'pickle' for this value."
            )
        return blob

    def loads(self, blob: bytes) -> D:
        """The value that the JSON stands for."""
        library = importlib.import_module(self.jsonlib)
        options = dict(self.loads_kwargs)
        if self.object_decoder and self.jsonlib == "json":
            options["object_hook"] = _function(self.object_decoder)
        try:
            value = library.loads(blob, **options)
            if self.object_decoder and self.jsonlib != "json":
                value = _decoded(value, _function(self.object_decoder))
        except (TypeError, ValueError, RecursionError) as error:
            raise SerializationError(f"cannot read the value from JSON: {error}") from error
        return value  # type: ignore[no-any-return]  # any library's


def _decoded(value: Any, decoder: Any) -> Any:
    """What ``object_hook`` does, for libraries that have none."""
    if isinstance(value, list):
        return [_decoded(item, decoder) for item in value]
    if isinstance(value, dict):
        return decoder({key: _decoded(item, decoder) for key, item in value.items()})
    return value


def tidemill_json_object_encoder(obj: Any) -> Any:
    """A registered type in JSON's own terms. Raises TypeError for any other."""
    return encode(obj)


def tidemill_json_object_decoder(result: dict[str, Any]) -> Any:
    """What a JSON object stands for: a value of a registered type, or itself."""
    return decode(result)


class CompressedSerializer(Serializer[D]):
    """Compresses what another serializer writes. ``compressionlib`` is any module with ``compress`` and ``decompress``.

    ``lzma`` is the default because it makes the smallest records; ``zlib`` is several times faster.
    """

    type: str = "compressed"
    serializer: Serializer[D]
    compressionlib: str = "lzma"

    def __post_init__(self) -> None:
        if isinstance(self.serializer, str):
            self.serializer = serializer_named(self.serializer)
        if not isinstance(self.serializer, Serializer):
            raise TypeError(f"expected 'serializer' to be a serializer or the name of one, got {self.serializer!r}")
        _module(self.compressionlib, "compressionlib", ("compress", "decompress"))

    def dumps(self, obj: D) -> bytes:
        """The compressed bytes of the inner serializer."""
        return importlib.import_module(self.compressionlib).compress(self.serializer.dumps(obj))  # type: ignore[no-any-return]  # any library's

    def loads(self, blob: bytes) -> D:
        """The value that the compressed bytes stand for."""
        try:
            plain = importlib.import_module(self.compressionlib).decompress(blob)
        except Exception as error:
            raise SerializationError(f"cannot decompress the value with {self.compressionlib}: {error}") from error
        return self.serializer.loads(plain)


class CompressedPickleSerializer(CompressedSerializer[D]):
    """Pickle, compressed."""

    type: str = "compressed/pickle"
    serializer: Serializer[D] = dataclasses.field(default_factory=PickleSerializer)


class CompressedJSONSerializer(CompressedSerializer[D]):
    """JSON, compressed."""

    type: str = "compressed/json"
    serializer: Serializer[D] = dataclasses.field(default_factory=JSONSerializer)


class UnknownSerializer(Serializer[D]):
    """Stands for a serializer that a record names and this process does not know; it can only say so."""

    type: str

    def dumps(self, obj: Any) -> bytes:  # noqa: ARG002 - the same for every value
        """Raise SerializationError."""
        raise SerializationError(self._told())

    def loads(self, blob: bytes) -> D:  # noqa: ARG002 - the same for every record
        """Raise SerializationError."""
        raise SerializationError(self._told())

    def _told(self) -> str:
        return f"The serializer {self.type!r} is not known here. Import the module that defines it first."


def _module(name: str, option: str, needed: tuple[str, ...]) -> Any:
    try:
        library = importlib.import_module(name)
    except ImportError as error:
        raise ValueError(f"{option} {name!r} cannot be imported: {error}") from error
    for function in needed:
        if not callable(getattr(library, function, None)):
            raise ValueError(  # noqa: TRY004 - the option has a wrong value
                f"{option} {name!r} has no function {function}()"
            )
    return library


def _function(path: str) -> Any:
    """The function that the configuration names; what it names is never taken from a record."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


__all__ = [
    "CompressedJSONSerializer",
    "CompressedPickleSerializer",
    "CompressedSerializer",
    "D",
    "JSONSerializer",
    "PickleSerializer",
    "Serializer",
    "UnknownSerializer",
    "serializer_named",
    "tidemill_json_object_decoder",
    "tidemill_json_object_encoder",
]
