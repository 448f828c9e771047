"""Keeping secrets out of what is logged: as they are, in base64, and as they stand in addresses."""

from __future__ import annotations

import re
from base64 import b64encode
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK: Final = "********"
#: Shorter ones are left alone: masking every "ab" would make logs unreadable and keep nothing safe.
SHORTEST: Final = 4

_secrets: set[str] = set()
_changing = Lock()
_pattern: re.Pattern[str] | None = None


def keep_secret(secrets: Iterable[str]) -> None:
    """From here on in this process, mask these texts in every line that our handlers write or record."""
    global _pattern  # noqa: PLW0603 - replaced whole, so that readers need no lock
    with _changing:
        new = {secret for secret in secrets if len(secret) >= SHORTEST} - _secrets
        if not new:
            return
        _secrets.update(new)
        forms = {form for secret in _secrets for form in forms_of(secret)}
        # The longest first: where one secret begins another, the whole of it goes.
        _pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))


def redact(text: str) -> str:
    """The text with every secret masked; the very same object where there is none."""
    pattern = _pattern
    return text if pattern is None else pattern.sub(MASK, text)


def forms_of(secret: str) -> set[str]:
    """How a secret may appear: raw, quoted for a URL, and within base64, at each of the three places it can begin."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = {secret, quote(raw, safe=""), quote_plus(raw)}
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).decode()
        first = -(-before * 8 // 6)  # characters that hold bits of what stands before are not the secret's
        last = (before + len(raw)) * 8 // 6
        inner = encoded[first:last]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= SHORTEST}
