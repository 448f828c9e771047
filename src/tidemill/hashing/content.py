"""The walk behind `tidemill.hashing`: one value in, a short self-delimiting name out.

A leaf is its tag and its bytes, or their digest when they are many; a container is the digest of its members' names.
So a value that is shared is walked once, and one that is copied has the same name.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from msgspec import msgpack

from tidemill.hashing import quick
from tidemill.main_program import SCRIPT_PREFIX, main_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_SHORT: Final = 32
_FEW: Final = 32


class Refusal(Exception):  # noqa: N818 - caught by `tidemill.hashing`, which says it to people
    """Something within the value has no content; collects the way to it while the walk unwinds."""

    def __init__(self, value: Any, reason: str) -> None:
        super().__init__(reason)
        self.type_name = type(value).__qualname__
        self.reason = reason
        self.path: list[str] = []

    def within(self, step: str) -> Refusal:
        """One step further out."""
        self.path.append(step)
        return self

    def told(self, noun: str) -> str:
        """The message for people; the outermost step is the argument's name or the object's position."""
        *inner, outer = self.path
        where = f" at {''.join(reversed(inner))}" if inner else ""
        return f"cannot hash {noun} {outer}{where}: a {self.type_name} has no content to hash ({self.reason})"


def leaf(tag: bytes, payload: Any) -> bytes:
    """The name of something without parts. ``payload`` is any buffer; it is not copied."""
    size = memoryview(payload).nbytes
    if size <= _SHORT:
        return tag + bytes((size,)) + bytes(payload)
    return tag + b"\xff" + blake2b(payload, digest_size=16).digest()


def node(tag: bytes, parts: Iterable[bytes]) -> bytes:
    """The name of something made of parts, in this order."""
    return tag + blake2b(b"".join(parts), digest_size=16, person=tag).digest()


def text(tag: bytes, value: str) -> bytes:
    """The name of a text; lone surrogates are text too."""
    return leaf(tag, value.encode("utf-8", "surrogatepass"))


def module_name(name: str) -> str:
    """A module's name, the same whether its file is run as the main program or imported."""
    if name.startswith(SCRIPT_PREFIX):
        import sys  # noqa: PLC0415 - rare

        return PurePath(getattr(sys.modules.get(name), "__file__", None) or name).stem
    if name != "__main__":
        return name
    main = main_module()
    spec = getattr(main, "__spec__", None)
    if spec is not None and not spec.name.startswith(SCRIPT_PREFIX):
        return str(spec.name).removesuffix(".__main__")
    return PurePath(getattr(main, "__file__", None) or name).stem


def place(thing: Any) -> bytes:
    """A class or function as it is found: its module and qualified name."""
    return text(b"@", f"{module_name(thing.__module__ or '')}:{thing.__qualname__}")


Namer: TypeAlias = "Callable[[Walk, Any], bytes]"


class Walk:
    """One walk over a value; ``describe`` names what is of no plain type. Remembers what it has named.

    With a ``seed`` the names are good within one run only, and those of large buffers are made in a quicker way.
    """

    def __init__(self, describe: Namer, seed: int | None = None) -> None:
        self._describe = describe
        self._seed = seed
        self._named: dict[int, tuple[bytes, Any]] = {}
        self._open: dict[int, int] = {}
        self._cyclic = False

    def name(self, value: Any) -> bytes:
        """The name of a value."""
        kind = type(value)
        small = SMALL.get(kind)
        if small is not None:
            return small(value)
        sized = SIZED.get(kind)
        return sized(self, value) if sized is not None else self._container(value)

    def text(self, tag: bytes, value: str) -> bytes:
        """The name of a text that may be large; lone surrogates are text too."""
        if self._seed is None or len(value) < quick.LARGE:
            return text(tag, value)
        return tag + b"\xfe" + quick.digest(quick.encoded(value), self._seed)

    def buffer(self, tag: bytes, payload: Any) -> bytes:
        """The name of any one buffer; it is not copied."""
        if self._seed is None or memoryview(payload).nbytes < quick.LARGE:
            return leaf(tag, payload)
        return tag + b"\xfe" + quick.digest((payload,), self._seed)

    def stream(self, tag: bytes, size: int, buffers: Iterable[Any]) -> bytes:
        """The name of something whose parts are buffers, ``size`` bytes or more in all; they are not copied."""
        if self._seed is not None and size >= quick.LARGE:
            return tag + quick.digest(buffers, self._seed)
        digest = blake2b(digest_size=16, person=tag)
        for buffer in buffers:
            digest.update(buffer)
        return tag + digest.digest()

    def members(self, values: Iterable[Any], tag: bytes = b"l") -> bytes:
        """The names of values in order, as one name."""
        parts = []
        for index, value in enumerate(values):
            try:
                parts.append(self.name(value))
            except Refusal as refusal:
                raise refusal.within(f"[{index}]") from refusal.__cause__
        return node(tag, parts)

    def named(self, items: Mapping[str, Any]) -> bytes:
        """The names of values by their own names, in no order."""
        return self._by_name(sorted(items.items()), repr)

    def fields(self, value: Any, items: Iterable[tuple[str, Any]]) -> bytes:
        """An object as its class and these attributes."""
        return node(b"o", (place(type(value)), self._by_name(items, lambda name: f".{name}")))

    def _by_name(self, items: Iterable[tuple[str, Any]], step: Callable[[str], str]) -> bytes:
        parts: list[bytes] = []
        for name, value in items:
            try:
                parts += (text(b"k", name), self.name(value))
            except Refusal as refusal:
                raise refusal.within(step(name)) from refusal.__cause__
        return node(b"n", parts)

    def _container(self, value: Any) -> bytes:
        key = id(value)
        if key in self._named:
            return self._named[key][0]
        if key in self._open:
            self._cyclic = True  # names within a cycle depend on where the walk came in: they are not reused
            return leaf(b"^", str(len(self._open) - self._open[key]).encode())
        self._open[key] = len(self._open)
        try:
            name = CONTAINERS.get(type(value), self._describe)(self, value)
        finally:
            del self._open[key]
        if not self._cyclic:
            self._named[key] = (name, value)
        return name

    def unordered(self, values: Iterable[Any], tag: bytes) -> bytes:
        """The names of values whose order means nothing."""
        return node(tag, sorted(map(self.name, values)))

    def pairs(self, items: Mapping[Any, Any]) -> bytes:
        """A mapping whose order means nothing."""
        parts = []
        for key, value in items.items():
            try:
                parts.append(self.name(key) + self.name(value))
            except Refusal as refusal:
                raise refusal.within(f"[{key!r:.60}]") from refusal.__cause__
        return node(b"d", sorted(parts))


def _integer(value: int) -> bytes:
    return leaf(b"i", value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True))


def _sequence(tag: bytes) -> Callable[[Walk, Any], bytes]:
    def name(walk: Walk, value: Any) -> bytes:
        if len(value) > _FEW:
            packed = _packed(value)
            if packed is not None:
                return walk.stream(tag + b"*", len(packed), (packed,))
        return walk.members(value, tag)

    return name


_PLAIN: Final = frozenset({int, float, bool, type(None), str, bytes})


def _packed(value: Any) -> bytes | None:
    """A long run of plain values as one buffer, in which types and boundaries show; None where it is not one."""
    if not _PLAIN.issuperset(map(type, value)):
        return None
    try:
        return msgpack.encode(value)
    except (OverflowError, UnicodeEncodeError):  # an int of more than 64 bits, a lone surrogate
        return None


def _moment(walk: Walk, value: datetime | time) -> bytes:
    return node(b"D", (text(b"t", f"{value.isoformat()} {value.fold}"), walk.name(value.tzinfo)))


def _timedelta(value: timedelta) -> bytes:
    return text(b"e", f"{value.days} {value.seconds} {value.microseconds}")


SMALL: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: _integer,
    float: lambda value: text(b"f", repr(value)),
    complex: lambda value: text(b"c", repr(value)),
    date: lambda value: text(b"y", value.isoformat()),
    timedelta: _timedelta,
    UUID: lambda value: leaf(b"u", value.bytes),
    Decimal: lambda value: text(b"m", str(value)),
}

SIZED: Final[dict[type, Namer]] = {
    str: lambda walk, value: walk.text(b"s", value),
    bytes: lambda walk, value: walk.buffer(b"b", value),
    bytearray: lambda walk, value: walk.buffer(b"B", value),
}

CONTAINERS: Final[dict[type, Namer]] = {
    tuple: _sequence(b"("),
    list: _sequence(b"["),
    dict: Walk.pairs,
    set: lambda walk, value: walk.unordered(value, b"{"),
    datetime: _moment,
    time: _moment,
    frozenset: lambda walk, value: walk.unordered(value, b"}"),
}
