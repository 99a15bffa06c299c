"""Dates: read with any offset, written in UTC; the days of time zones."""

import os
import pkgutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from builders import PROPERTIES
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.core.dates import is_timezone, iso, local_clock, local_day, parse_timestamp


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-06-08T21:51:00Z", "2023-06-08T21:51:00"),
        ("2023-06-08t21:51:00z", "2023-06-08T21:51:00"),
        (" 2023-06-08 21:51:00 Z ", "2023-06-08T21:51:00"),
        ("2023-06-08T23:51:00+02:00", "2023-06-08T21:51:00"),
        ("2023-06-08T23:51:00+0200", "2023-06-08T21:51:00"),
        ("2023-06-08T23:51:00+02", "2023-06-08T21:51:00"),
        ("2023-06-08T16:21:00-05:30", "2023-06-08T21:51:00"),
        ("2023-06-08T21:51:00-00:00", "2023-06-08T21:51:00"),
        ("2023-06-08T21:51Z", "2023-06-08T21:51:00"),
        ("2023-06-08T21:51:00.5Z", "2023-06-08T21:51:00.500000"),
        ("2023-06-08T21:51:00,25Z", "2023-06-08T21:51:00.250000"),
        ("2023-06-08T21:51:00.1234567Z", "2023-06-08T21:51:00.123456"),
        ("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00"),
        ("0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59"),
        ("9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59"),
    ],
)
def test_a_timestamp_with_an_offset(text: str, moment: str) -> None:
    assert parse_timestamp(text) == (datetime.fromisoformat(moment).replace(tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-06-08T21:51:00", "2023-06-08T21:51:00"),
        ("2023-06-08 21:51", "2023-06-08T21:51:00"),
        ("2023-06-08", "2023-06-08T00:00:00"),
        ("0001-01-01", "0001-01-01T00:00:00"),
    ],
)
def test_a_timestamp_without_offset_is_utc(text: str, moment: str) -> None:
    assert parse_timestamp(text) == (datetime.fromisoformat(moment).replace(tzinfo=UTC), False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2023-13-08T00:00:00Z", "month must be in 1..12"),
        ("2023-00-08", "month must be in 1..12"),
        ("2023-02-29", "day is out of range for month"),
        ("0000-01-01", "year 0 is out of range"),
        ("2023-06-08T25:00:00Z", "hour must be in 0..23"),
        ("2023-06-08T21:60:00Z", "minute must be in 0..59"),
        ("2016-12-31T23:59:60Z", "second must be in 0..59"),
        ("2023-06-08T21:51:00+24:00", "offset"),
        ("0001-01-01T00:00:00+02:00", "outside the years 1 to 9999"),
        ("9999-12-31T23:59:59-02:00", "outside the years 1 to 9999"),
        ("12023-01-01", "not a timestamp"),
        ("2023-6-8", "not a timestamp"),
        ("08.06.2023", "not a timestamp"),
        ("20230608", "not a timestamp"),
        ("2023-W23-4", "not a timestamp"),
        ("1686261060", "not a timestamp"),
        ("yesterday", "not a timestamp"),
        ("", "not a timestamp"),
        ("2023-06-08T21:51:00 CEST", "not a timestamp"),
        ("2023-06-08Z", "not a timestamp"),
        ("2023-06-08T21:51:00Z\nx", "not a timestamp"),
    ],
)
def test_no_timestamp(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_timestamp(text)


@PROPERTIES
@given(st.text("0123456789-+:TZ. ", max_size=30) | st.text(max_size=20))
def test_any_text_is_a_timestamp_or_a_value_error(text: str) -> None:
    try:
        moment, _ = parse_timestamp(text)
    except ValueError:
        return

    assert moment.tzinfo is UTC


@PROPERTIES
@given(st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    whole = moment.astimezone(UTC).replace(microsecond=0)

    assert parse_timestamp(iso(moment)) == (whole, True)


def test_iso_is_utc_to_the_second() -> None:
    east = timezone(timedelta(hours=2))

    assert iso(datetime(2023, 6, 8, 23, 51, 0, 999999, tzinfo=east)) == "2023-06-08T21:51:00Z"
    assert iso(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", date(2023, 6, 8)), ("Asia/Tokyo", date(2023, 6, 9)), ("America/New_York", date(2023, 6, 8))],
)
def test_local_day(zone: str, day: date) -> None:
    assert local_day(datetime(2023, 6, 8, 21, 51, tzinfo=UTC), zone) == day


def test_the_first_and_the_last_day_have_a_local_day() -> None:
    assert local_day(datetime(1, 1, 1, tzinfo=UTC), "America/New_York") == date(1, 1, 1)
    assert local_day(datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Tokyo") == date(9999, 12, 31)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+1"])
def test_a_time_zone(name: str) -> None:
    assert is_timezone(name)


@pytest.mark.parametrize(
    "name", ["", "CEST/Berlin", "Europe", "../etc/passwd", "/etc/localtime", "UTC\x00", "x" * 5000, "+02:00"]
)
def test_no_time_zone(name: str) -> None:
    assert not is_timezone(name)


@PROPERTIES
@given(st.text(max_size=20) | st.text("en-US_Latn@.POSIX", max_size=12))
def test_any_text_is_a_zone_or_is_not(text: str) -> None:
    assert is_timezone(text) in {True, False}


def test_the_time_of_day_is_that_of_a_time_zone_and_nothing_of_a_mere_day() -> None:
    assert local_clock(datetime(2025, 7, 1, 22, 5, tzinfo=UTC), "Europe/Berlin") == "00:05"
    assert local_clock(datetime(2025, 7, 1, tzinfo=UTC), "Europe/Berlin") == ""
    assert local_clock(datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "Europe/Berlin") == "23:30"


def test_a_time_zone_is_the_same_whatever_the_machine_knows_of_it(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    utc = pkgutil.get_data("tzdata", "zoneinfo/UTC")
    (tmp_path / "Europe" / "Berlin").write_bytes(utc or b"")
    script = "from zoneinfo import ZoneInfo; from datetime import *; from broadsheet.core.dates import day_start\n"
    script += "print(datetime(2024, 7, 1, tzinfo=ZoneInfo('Europe/Berlin')).utcoffset(), day_start(date(2024, 7, 1), 'Europe/Berlin'))"

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "0:00:00 2024-06-30 22:00:00+00:00\n"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../zoneinfo/UTC", "/UTC", "Europe", "Europe/Nowhere", "__init__.py", "a\x00b"]
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    assert not is_timezone(name)
