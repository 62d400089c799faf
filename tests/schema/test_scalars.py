"""Times: many are written at once, and in the answer each looks as one by itself."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.responses import as_json
from schema.scalars import write_time, write_times

ZONES = st.sampled_from([UTC, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-7, minutes=30))])
MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@given(st.lists(st.none() | MOMENTS | MOMENTS.map(lambda moment: moment.replace(microsecond=0))))
def test_each_of_many_is_written_as_one_by_itself(moments):
    expected = [moment and write_time(moment) for moment in moments]
    assert json.loads(as_json({"data": write_times(moments)})) == {"data": expected}


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 1, 31, 12, 0, 0, 5, UTC), "2026-01-31T12:00:00.000005Z"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00.000000Z"),
        (datetime(2026, 1, 31, 12, tzinfo=ZoneInfo("Europe/Berlin")), "2026-01-31T11:00:00.000000Z"),
        (datetime(99, 1, 1, tzinfo=UTC), "0099-01-01T00:00:00.000000Z"),
    ],
)
def test_it_is_utc_with_microseconds(moment, written):
    assert write_time(moment) == written
    assert json.loads(as_json({"data": write_times([moment])})) == {"data": [written]}


def test_what_the_database_says_is_left_to_the_encoder():
    said = [datetime(2026, 1, 31, 12, 0, 0, 5, ZoneInfo("UTC"))]
    assert write_times(said) == said
