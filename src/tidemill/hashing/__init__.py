"""Hashes of content: the same in every process, whatever the order of dicts and sets, interning or sharing.

Equal content of equal types gives equal bytes; ``1``, ``True`` and ``1.0`` differ, and so do a tuple and a list.
What content is: the fields of a dataclass, pydantic, attrs or msgspec object; dtype, shape and elements of an array;
code, defaults and closure of a function; the name of a class or module; for anything else what it would pickle.
"""

from __future__ import annotations

from hashlib import blake2b
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from tidemill.exceptions import HashError

if TYPE_CHECKING:
    from collections.abc import Mapping

DIGEST_BYTES: Final = 16

_NUMBERS: Final = frozenset({int, float, bool, NoneType})
_SCALARS: Final = _NUMBERS | {str, bytes}
#: Below this length the text of scalars stands for itself. Far under the shortest limit that Python puts on the digits
#: of an int (640), so that every process takes the same path.
_OWN_NAME_LIMIT: Final = 200


def stable_hash(*objects: Any) -> bytes:
    """The name of this content, for keys: a few scalars name themselves, everything else is a digest.

    Raises HashError when something in it has no content that another process could recognise.
    """
    kinds = set(map(type, objects))
    if (kinds <= _NUMBERS or (kinds <= _SCALARS and _all_short(objects))) and (own := _own_name(objects)):
        return own
    return _digest(objects, "object")


def hash_inputs(parameters: Mapping[str, Any], seed: int | None = None) -> bytes:
    """The name of a call's inputs, by argument; the order of the mapping does not enter.

    ``seed``: below 2**64 and hard to guess; the name then serves within one run only, and large values cost little more
    than one look at their bytes. Without it the name serves everywhere and for good.
    Raises HashError naming the argument, the attribute within it, and why.
    """
    values = parameters.values()
    kinds = set(map(type, values))
    if kinds <= _NUMBERS or (kinds <= _SCALARS and _all_short(values)):
        own = _own_name(sorted(parameters.items()))  # names are unique: values are never compared
        if own:
            return own
    return _digest(parameters, "argument", seed)


def hex_hash(*objects: Any) -> str:
    """`stable_hash` as 32 hexadecimal characters, for names of files and records."""
    return blake2b(stable_hash(*objects), digest_size=DIGEST_BYTES).hexdigest()


def _all_short(values: Any) -> bool:
    return all(len(value) <= _OWN_NAME_LIMIT for value in values if type(value) in (str, bytes))


def _own_name(values: Any) -> bytes | None:
    try:
        text = ascii(values)
    except ValueError:  # more digits than this process is willing to print
        return None
    return b"=" + text.encode() if len(text) <= _OWN_NAME_LIMIT else None


def _digest(objects: Any, noun: str, seed: int | None = None) -> bytes:
    from tidemill.hashing.content import Refusal, Walk  # noqa: PLC0415 - only what is not a plain number needs it
    from tidemill.hashing.objects import describe  # noqa: PLC0415 - as above

    walk = Walk(describe, seed)
    try:
        return b"#" + (walk.members(objects) if isinstance(objects, tuple) else walk.named(objects))
    except Refusal as refusal:
        raise HashError(refusal.told(noun)) from refusal.__cause__
    except RecursionError as error:
        raise HashError(f"cannot hash the {noun}s: they are nested too deeply") from error
