"""Values that users, disks and strangers come up with; the same chance gives the same ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202e\u2066",
    "\x1b[31m\x1b]0;x\x07",
    "\ufeff",
    "\U0010ffff",
    "é" * 300,
    "../../etc/passwd",
    "-",
    "--",
    "{",
    "{{",
    "{0.__class__}",
    "%s%n",
    "'; DROP TABLE flow_run; --",
    "null",
    "\r\n",
    "[bold]",
    "x" * 5000,
    "\u0130\u0131\ufb01",
]
NUMBERS = [0, -1, 2**31, 2**53 + 1, 2**63, -(2**63), 2**64, 10**40, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e308]
OTHERS = [None, True, False, b"", b"\xff\x00", object(), ..., range(3), 1j, frozenset({1}), TEXTS.append, int]


def text(chance: random.Random) -> str:
    """Nasty text: known trouble, or characters drawn from everywhere, surrogates included."""
    if chance.random() < 0.6:
        return chance.choice(TEXTS)
    return "".join(
        chr(chance.randrange(0x110000 if chance.random() < 0.3 else 256)) for _ in range(chance.randint(1, 8))
    )


def value(chance: random.Random, depth: int = 3) -> Any:
    """A nasty value; now and then nested a thousand deep."""
    kind = chance.randrange(8)
    if kind == 0 and chance.random() < 0.1:
        deep: Any = []
        for _ in range(1000):
            deep = [deep] if chance.random() < 0.5 else {"k": deep}
        return deep
    if kind <= 2 or not depth:
        return text(chance)
    if kind <= 4:
        return chance.choice(NUMBERS)
    if kind == 5:
        return chance.choice(OTHERS)
    if kind == 6:
        return [value(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return {
        chance.choice([text(chance), 1, None, (1, 2)]): value(chance, depth - 1) for _ in range(chance.randint(0, 3))
    }


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them flipped, cut out, put in, or all gone from somewhere on."""
    harmed = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(harmed) + 1)
        kind = chance.randrange(5)
        if kind == 0 and at < len(harmed):
            harmed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del harmed[at:]
        elif kind == 2:
            del harmed[at : at + chance.randint(1, 40)]
        elif kind == 3:
            harmed[at:at] = chance.randbytes(chance.randint(1, 40))
        else:
            begin = chance.randrange(len(harmed) + 1)
            harmed[at:at] = harmed[begin : begin + chance.randint(1, 200)]  # a piece of it again
    return bytes(harmed)
