"""Days, and moments with a time zone."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill import flow
from tidemill.types import Date, DateTime

ZONES = st.sampled_from([None, UTC, ZoneInfo("Europe/Paris")])
#: Before that, zones had offsets of odd seconds, which JSON's form of a time cannot say.
SINCE = datetime(1950, 1, 1)
MOMENTS = st.datetimes(SINCE, timezones=ZONES, allow_imaginary=False)


class Meeting(pydantic.BaseModel):
    at: DateTime
    day: Date | None = None


def test_a_moment_without_a_zone_is_in_utc():
    assert Meeting(at="2030-01-01T10:00:00").at == datetime(2030, 1, 1, 10, tzinfo=UTC)
    assert Meeting(at=datetime(2030, 1, 1, 10)).at.tzinfo is UTC


def test_a_moment_keeps_the_zone_it_came_with():
    assert Meeting(at="2030-01-01T10:00:00+02:00").at.utcoffset() == timedelta(hours=2)


@given(moment=MOMENTS)
def test_what_is_read_is_the_moment_that_was_meant(moment):
    read = Meeting(at=moment).at

    assert type(read) is DateTime
    assert read == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    assert read.fold == moment.fold
    assert pickle.loads(pickle.dumps(read)) == read
    # In UTC: where clocks are put back, Python's equality across zones is never true.
    told = Meeting.model_validate_json(Meeting(at=moment).model_dump_json()).at
    assert told.astimezone(UTC) == read.astimezone(UTC)


def test_what_is_no_moment_is_refused():
    with pytest.raises(pydantic.ValidationError, match="datetime"):
        Meeting(at="tomorrow")


def test_made_in_code_it_is_what_was_asked_for():
    zone = timezone(timedelta(hours=1))

    assert DateTime(2030, 1, 1).tzinfo is None
    assert isinstance(DateTime.now(zone), datetime)


def test_a_day_is_a_day():
    assert Meeting(at="2030-01-01T10:00:00", day="2030-02-03").day == date(2030, 2, 3)
    assert isinstance(date(2030, 2, 3), Date)


def test_a_flow_may_take_one(runtime):
    @flow
    def meet(at: DateTime, day: Date):
        return at, day

    assert meet("2030-01-01T10:00:00", "2030-01-01") == (datetime(2030, 1, 1, 10, tzinfo=UTC), date(2030, 1, 1))
