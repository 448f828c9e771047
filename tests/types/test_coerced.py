"""What people write in configuration becomes the plain thing."""

from __future__ import annotations

from datetime import timedelta

import pydantic
import pytest

from tidemill.types import coerced


@pytest.mark.parametrize(
    ("kind", "given", "meant"),
    [
        (coerced.TaskRetryDelaySeconds, "5", 5.0),
        (coerced.TaskRetryDelaySeconds, "1, 2,3", [1.0, 2.0, 3.0]),
        (coerced.TaskRetryDelaySeconds, "", None),
        (coerced.TaskRetryDelaySeconds, [1, 2], [1.0, 2.0]),
        (coerced.ClientRetryExtraCodes, "500, 502", {500, 502}),
        (coerced.ClientRetryExtraCodes, 500, {500}),
        (coerced.ClientRetryExtraCodes, None, set()),
        (coerced.JsonStringOrDict, '{"a": "b"}', {"a": "b"}),
        (coerced.JsonStringOrDict, {"a": "b"}, {"a": "b"}),
        (coerced.ListOfNonEmptyStrings, ["a", "", " "], ["a"]),
        (coerced.ListOfNonEmptyStrings, "a", ["a"]),
        (coerced.LogLevel, "debug", "DEBUG"),
        (coerced.LaxUrl, " http://a ", "http://a"),
        (coerced.SecondsTimeDelta, "2.5", timedelta(seconds=2.5)),
        (coerced.SecondsTimeDelta, 5, timedelta(seconds=5)),
        (coerced.SecondsTimeDelta, "PT5S", timedelta(seconds=5)),
        (coerced.NonNegativeTimeDelta, 0, timedelta(0)),
        (coerced.TimeZone, "Europe/Berlin", "Europe/Berlin"),
        (coerced.StatusCode, 599, 599),
    ],
)
def test_is_taken(kind, given, meant):
    assert pydantic.TypeAdapter(kind).validate_python(given) == meant


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (coerced.TaskRetryDelaySeconds, "1,x"),
        (coerced.ClientRetryExtraCodes, "700"),
        (coerced.ClientRetryExtraCodes, "x"),
        (coerced.JsonStringOrDict, "x"),
        (coerced.JsonStringOrDict, "[1]"),
        (coerced.LogLevel, "loud"),
        (coerced.LogLevel, 10),
        (coerced.NonNegativeTimeDelta, -1),
        (coerced.TimeZone, "Europe/Atlantis"),
        (coerced.StatusCode, 600),
        (coerced.PositiveInteger, 0),
        (coerced.NonNegativeInteger, -1),
        (coerced.NonNegativeFloat, -0.5),
    ],
)
def test_is_refused(kind, given):
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(kind).validate_python(given)


def test_another_mark_may_stand_between_the_items():
    assert coerced.validate_set_T_from_delim_string("a;b", str, ";") == {"a", "b"}


@pytest.mark.parametrize("cast", [coerced.cast_none_to_empty_dict, coerced.convert_none_to_empty_dict])
def test_nothing_is_an_empty_mapping(cast):
    assert cast(None) == {}
    assert cast({"a": 1}) == {"a": 1}
