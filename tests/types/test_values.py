"""Labels, variables and secrets."""

from __future__ import annotations

import pydantic
import pytest

from tidemill.types import KeyValueLabels, SecretDict, StrictVariableValue, values


@pytest.mark.parametrize("value", [None, 5, 1.5, True, "a", {"a": [1]}, [1, "a"]])
def test_a_variable_keeps_what_json_can_say(value):
    assert pydantic.TypeAdapter(StrictVariableValue).validate_python(value) == value


@pytest.mark.parametrize("value", ["x" * 5000, {"a": object()}])
def test_a_variable_refuses_what_is_too_long_or_no_json(value):
    with pytest.raises(pydantic.ValidationError, match="JSON"):
        pydantic.TypeAdapter(StrictVariableValue).validate_python(value)


def test_the_longest_value():
    longest = "x" * (values.MAX_VARIABLE_VALUE_LENGTH - 2)  # and two quotation marks

    assert values.check_variable_value(longest) is longest


def test_labels_keep_their_types():
    labels = {"a": 1, "b": True, "c": 1.5, "d": "s"}

    assert pydantic.TypeAdapter(KeyValueLabels).validate_python(labels) == labels
    assert pydantic.TypeAdapter(KeyValueLabels).validate_python(None) == {}


def test_a_secret_mapping_shows_nothing():
    secret = SecretDict({"token": "canary"})

    assert "canary" not in f"{secret} {secret!r}"
    assert secret.get_secret_value() == {"token": "canary"}
