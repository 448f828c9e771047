"""A keyed digest of large buffers, as fast as memory: for names that live and die within one run.

Not for names that outlive a run, such as cache keys: XXH3 is no cryptographic hash. Its seed, taken from the random
id of the run, keeps out collisions that were prepared before the run began. Decision 0005.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: From this many bytes (of a text: characters) on. Below it BLAKE2b costs less than a millisecond or two.
LARGE: Final = 1024 * 1024
#: Pieces that stay in a core's cache while they are copied and hashed.
PIECE: Final = 128 * 1024


def digest(buffers: Iterable[Any], seed: int) -> bytes:
    """Sixteen bytes for the buffers joined together; none of them is copied."""
    import xxhash  # noqa: PLC0415 - only large values need it

    state = xxhash.xxh3_128(seed=seed)
    for buffer in buffers:
        state.update(buffer)
    return bytes(state.digest())


def encoded(value: str) -> Iterator[bytes]:
    """A text in pieces of UTF-8; the whole is never copied at once."""
    for at in range(0, len(value), PIECE):
        yield value[at : at + PIECE].encode("utf-8", "surrogatepass")
