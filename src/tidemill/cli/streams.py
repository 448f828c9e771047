"""The streams that commands write to: there in any case, and taking every character."""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper
from typing import Final

_HANDLER: Final = "tidemill.escape"


def prepare_streams() -> None:
    """Make the standard streams fit for anything a command says.

    What their encoding has no character for is written as JSON writes it (``\\u00e4``), so that documents stay what
    they are; else a name could end a command. One that is closed is empty, and what is written to it goes nowhere.
    """
    codecs.register_error(_HANDLER, _escaped)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole process
        stream = getattr(sys, name)
        if mode == "w" and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end
