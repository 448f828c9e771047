"""Parameters as a person sees them in a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from tidemill.engine.serialising import json_parameters


class Trip(BaseModel):
    at: Path
    key: SecretStr = SecretStr("hidden")


class Broken:
    def model_dump(self, **_how: object) -> object:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        return "<broken>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Path("data/trips"), "data/trips"),
        ([Path("a"), 1], ["a", 1]),
        (Trip(at=Path("x")), {"at": "x", "key": "**********"}),
        (SecretStr("hidden"), "**********"),
        (Broken(), "<broken>"),
        (Trip, repr(Trip)),
        (3 + 1j, "(3+1j)"),
    ],
)
def test_paths_and_models_are_shown_as_json_has_them(value, shown):
    assert json.loads(bytes(json_parameters({"value": value}))) == {"value": shown}
