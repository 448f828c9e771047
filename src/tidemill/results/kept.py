"""Small results as text in a journal entry: base64 of mark, kind, bytes.

The mark is checked before anything is unpickled, so a text that this home did not write runs no code.
"""

from __future__ import annotations

import pickle
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import SerializationError, TidemillException, UntrustedResult
from tidemill.main_program import loads
from tidemill.pickling import TooLarge, bounded_pickle, why_unpicklable
from tidemill.results.secret import MAC_BYTES, Seal

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 64 * 1024
_SMALL_INTS: Final = range(-8, 1024)


class RecordedError(TidemillException):
    """Stands for an exception that could not be pickled: its type's name, its message, and its traceback as text."""

    def __init__(self, type_name: str, message: str, traceback_text: str) -> None:
        super().__init__(f"{type_name}: {message}")
        self.type_name = type_name
        self.message = message
        self.traceback_text = traceback_text

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles by its three texts."""
        return (type(self), (self.type_name, self.message, self.traceback_text))


class Keeper:
    """Turns values into texts for the journal, and back, under one home's key."""

    def __init__(self, key: bytes) -> None:
        self._seal = Seal(key, b"tidemill.kept")
        self._known: dict[Any, str] = {}
        for value in (None, True, False):
            self._known[value] = self._sealed(_PLAIN[type(value)](value))
        self._ints = {number: self._sealed(b"i%d" % number) for number in _SMALL_INTS}

    def keep(self, value: Any, limit: int = LIMIT) -> str | None:
        """The text that stands for the value; None when it is larger than ``limit`` bytes or cannot be pickled.

        `why_not` then says which. Serialising stops at the limit, so a huge value costs no copy.
        """
        kind = type(value)
        if kind is int and value in self._ints:
            return self._ints[value]
        if value is None or kind is bool:
            return self._known[value]
        plain = _PLAIN.get(kind)
        if plain is not None:
            if kind is not float and kind is not int and len(value) > limit:
                return None
            body = plain(value)
            return self._sealed(body) if len(body) <= limit + 1 else None
        try:
            return self._sealed(b"p" + bounded_pickle(value, limit))
        except Exception:  # noqa: BLE001 - the value's own code raises anything; `why_not` tells
            return None

    def unpicklable_part(self, value: Any, limit: int = LIMIT) -> str | None:
        """Which attribute of which object does not pickle; None where the value is merely larger than ``limit``."""
        if type(value) in _PLAIN:
            return None
        try:
            bounded_pickle(value, limit)
        except TooLarge:
            return None
        except Exception:  # noqa: BLE001 - told below
            return why_unpicklable(value)
        return None

    def why_not(self, value: Any, limit: int = LIMIT) -> str:
        """Why `keep` gave no text: too large, or which attribute of which object does not pickle."""
        part = self.unpicklable_part(value, limit)
        return f"it is larger than {limit} bytes" if part is None else f"it cannot be pickled: {part}"

    def keep_exception(self, error: BaseException, limit: int = LIMIT) -> str:
        """The text that stands for an exception: itself where it survives pickling, else what it said."""
        try:
            data = bounded_pickle(error, limit)
            again = pickle.loads(data)
            if type(again) is type(error) and str(again) == str(error):
                return self._sealed(b"p" + data)
        except Exception:  # noqa: BLE001, S110 - the class may refuse in any way; its words are kept instead
            pass
        return self._sealed(b"E" + _described(error, limit))

    def load(self, text: str) -> Any:
        """The value, or the exception, that a text stands for.

        Raises UntrustedResult, before anything is unpickled, for a text that was not written under this key, and
        SerializationError where the value's class cannot be found or does not take its state back.
        """
        try:
            raw = a2b_base64(text)
        except (Base64Error, ValueError) as error:
            raise UntrustedResult("a kept result is damaged: it is not base64") from error
        body = raw[MAC_BYTES:]
        if not body or not compare_digest(raw[:MAC_BYTES], self._seal.mac(body)):
            raise UntrustedResult(
                "a kept result is damaged or was written under another key; it was not unpickled."
                " If it comes from another home, copy that home's secret.key too."
            )
        try:
            return _LOADERS[body[:1]](body[1:])
        except Exception as error:
            raise SerializationError(f"a kept result cannot be read back: {type(error).__name__}: {error}") from error

    def _sealed(self, body: bytes) -> str:
        return b2a_base64(self._seal.mac(body) + body, newline=False).decode("ascii")


def _described(error: BaseException, limit: int) -> bytes:
    import json  # noqa: PLC0415 - only for failures
    import traceback  # noqa: PLC0415 - as above

    try:
        message = str(error)
    except Exception as inner:  # noqa: BLE001 - a broken __str__ must not hide the failure
        message = f"<its message cannot be read: {type(inner).__name__}>"
    told = "".join(traceback.format_exception(error))
    room = max(limit // 8, 256)  # surrogates and escapes take up to six bytes each
    fields = (f"{type(error).__module__}.{type(error).__qualname__}", message[:room], told[-room:])
    return json.dumps(fields).encode()


def _int_bytes(value: int) -> bytes:
    try:
        return b"i%d" % value
    except ValueError:  # more digits than Python prints
        return b"I" + value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _told(body: bytes) -> RecordedError:
    import json  # noqa: PLC0415 - only for failures

    return RecordedError(*json.loads(body))


_PLAIN: Final[dict[type, Callable[[Any], bytes]]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"T" if value else b"F",
    int: _int_bytes,
    float: lambda value: b"f" + repr(value).encode(),
    str: lambda value: b"s" + value.encode("utf-8", "surrogatepass"),
    bytes: lambda value: b"b" + value,
}

_LOADERS: Final[dict[bytes, Callable[[bytes], Any]]] = {
    b"N": lambda _: None,
    b"T": lambda _: True,
    b"F": lambda _: False,
    b"i": int,
    b"I": lambda body: int.from_bytes(body, "big", signed=True),
    b"f": float,
    b"s": lambda body: body.decode("utf-8", "surrogatepass"),
    b"b": bytes,
    b"p": loads,
    b"E": _told,
}
