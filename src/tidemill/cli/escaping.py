"""Characters that a stream cannot write, as JSON writes them: ``\\u00e4``. So documents stay what they are."""

from __future__ import annotations

import codecs
from io import TextIOWrapper
from typing import Final

_HANDLER: Final = "tidemill.escape"


def take_everything(stream: object) -> None:
    """Have the stream, of whatever encoding, escape what it has no character for; else a name could end a command."""
    codecs.register_error(_HANDLER, _escaped)
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors=_HANDLER)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end
