"""Who is who: ids that follow from a moment, and ids that follow from what they name.

The id of a call (``engine.calls``) follows from its scope, its task or flow, its inputs, and how many equal calls came
before it; so a resumed run recognises a call it made before. Order between calls with different inputs does not enter:
a resumed run may come to them in another order. Equal calls are interchangeable.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

UUID_BYTES: Final = 16
#: A root run is made under it; who claims the run later has the next one.
FIRST_EPOCH: Final = 1


def uuid_text(raw: bytes) -> str:
    """Sixteen bytes as a UUID is written."""
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def uuid7(now_us: int, entropy: bytes) -> str:
    """A time-ordered UUID (RFC 9562, version 7) for a moment and ten random bytes."""
    value = (now_us // 1000) << 80 | int.from_bytes(entropy, "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid_text(value.to_bytes(16, "big"))


def derived_uuid(*parts: bytes) -> bytes:
    """Sixteen bytes that depend on the parts and nothing else, marked as a UUID of version 8 (RFC 9562)."""
    digest = blake2b(digest_size=UUID_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    raw = bytearray(digest.digest())
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def keyed_uuid(key: bytes, kind: bytes, content: bytes) -> str:
    """As ``derived_uuid``, of what belongs to one run, whose sixteen bytes are the key; and written out."""
    return uuid8_text(blake2b(content, digest_size=UUID_BYTES, key=key, person=kind).hexdigest())


def uuid8_text(digest: str) -> str:
    """Thirty-two hexadecimal digits as a UUID of version 8 (RFC 9562): anything goes but the version and variant."""
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


def flow_id(workspace: str, name: str) -> str:
    """A flow is its name: every process that knows the name knows the id, without asking anybody."""
    return uuid_text(derived_uuid(b"flow", workspace.encode(), name.encode("utf-8", "surrogatepass")))
