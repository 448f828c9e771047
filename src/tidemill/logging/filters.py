"""Filters that keep secrets out of log records."""

from __future__ import annotations

import logging
from typing import Any

from tidemill.logging.redaction import MASK
from tidemill.settings import get_current_settings

__all__ = ["ObfuscateApiKeyFilter", "redact_substr"]


class ObfuscateApiKeyFilter(logging.Filter):
    """Masks the API key in a record's message and arguments, for handlers that are not ours.

    Our own handlers mask it and every other secret they know of without being told.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, masked."""
        secret = get_current_settings().api.key
        if secret:
            record.msg = redact_substr(record.msg, secret.get_secret_value())
            record.args = redact_substr(record.args, secret.get_secret_value())
        return True


def redact_substr(obj: Any, substr: str) -> Any:
    """The object with ``substr`` masked in each text in it, through dicts, lists, tuples and sets."""
    if isinstance(obj, str):
        return obj.replace(substr, MASK)
    if isinstance(obj, dict):
        return {redact_substr(key, substr): redact_substr(value, substr) for key, value in obj.items()}
    if isinstance(obj, list | tuple | set | frozenset):
        items = [redact_substr(item, substr) for item in obj]
        return type(obj)(*items) if hasattr(obj, "_fields") else type(obj)(items)
    return obj
