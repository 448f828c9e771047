"""From a call's arguments to named, checked parameters, and back to arguments."""

from __future__ import annotations

from tidemill.parameters.binding import (
    RESERVED_NAMES,
    Signature,
    bind,
    call_arguments,
    check_reserved_names,
    signature_of,
)
from tidemill.parameters.validation import validate

__all__ = [
    "RESERVED_NAMES",
    "Signature",
    "bind",
    "call_arguments",
    "check_reserved_names",
    "signature_of",
    "validate",
]
