"""The names that people annotate their own functions with."""

from __future__ import annotations

from typing import Any

import pytest

from tidemill import tasks


def with_parameters(parameters: dict[str, Any]) -> str:
    return str(parameters)


def test_a_callback_with_parameters_is_told_from_one_without():
    told = tasks.TaskRunNameCallbackWithParameters.is_callback_with_parameters

    assert told(with_parameters)
    assert not told(lambda: "name")


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="StateHook"):
        tasks.StateHook
