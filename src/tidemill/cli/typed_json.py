"""JSON as it is typed, or stands in a file that is named."""

from __future__ import annotations

from typing import Any

import msgspec

from tidemill.cli.errors import UsageProblem


def typed_json(raw: str | bytes, what: str, *, hint: str | None = None) -> Any:
    """The value. ``what`` begins the sentence of the UsageProblem that is raised for anything else."""
    try:
        return msgspec.json.decode(raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw)
    except msgspec.DecodeError as error:
        raise UsageProblem(f"{what} is not JSON: {error}", hint=hint) from error
    except RecursionError as error:
        raise UsageProblem(f"{what} is nested too deeply", hint=hint) from error
