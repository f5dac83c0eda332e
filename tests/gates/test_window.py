"""Hours on a wall's clock, across the changes that clocks make, and times without changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.gates.answer import Question
from render.gates.window import answer, freeze
from render.specs.rollout.kinds import Freeze, Window

OFFICE = Window(("Mon", "Tue", "Wed", "Thu", "Fri"), time(9), time(17), "Europe/Berlin")


def at(text: str) -> Question:
    return Question(datetime.fromisoformat(text), None, None, {}, "r")


@pytest.mark.parametrize(
    ("now", "verdict", "until"),
    [
        ("2026-11-30T08:30:00+01:00", "wait", "2026-11-30T08:00:00Z"),
        ("2026-11-30T09:00:00+01:00", "pass", "2026-11-30T16:00:00Z"),
        ("2026-11-30T16:59:59+01:00", "pass", "2026-11-30T16:00:00Z"),
        ("2026-11-30T17:00:00+01:00", "wait", "2026-12-01T08:00:00Z"),
        ("2026-12-04T18:00:00+01:00", "wait", "2026-12-07T08:00:00Z"),  # a Friday's evening
        ("2026-03-27T18:00:00+01:00", "wait", "2026-03-30T07:00:00Z"),  # over the day on which clocks go forward
        ("2026-10-23T18:00:00+02:00", "wait", "2026-10-26T08:00:00Z"),  # and back
    ],
)
def test_a_window_opens_and_closes_by_the_clock_of_its_zone(now: str, verdict: str, until: str) -> None:
    found = answer(OFFICE, at(now))
    assert (found.verdict, found.until) == (verdict, datetime.fromisoformat(until))


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("2026-11-28T23:00:00Z", "pass"),
        ("2026-11-29T03:59:00Z", "pass"),  # began on Saturday
        ("2026-11-29T04:00:00Z", "wait"),
        ("2026-11-29T23:00:00Z", "wait"),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(now: str, verdict: str) -> None:
    assert answer(Window(("Sat",), time(22), time(4)), at(now)).verdict == verdict


def test_a_window_that_ends_at_24_00_ends_with_the_day() -> None:
    window = Window((), time(20), None)
    assert answer(window, at("2026-11-30T23:59:59Z")).verdict == "pass"
    assert answer(window, at("2026-12-01T00:00:00Z")).verdict == "wait"


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    start=st.times(),
    end=st.times(),
    days=st.sets(st.sampled_from(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])),
)
def test_where_it_says_wait_it_opens_at_the_time_that_it_says(
    now: datetime, zone: str, start: time, end: time, days: set[str]
) -> None:
    window = Window(tuple(days), start, end, zone)
    found = answer(window, Question(now, None, None, {}, "r"))
    assert found.until is not None
    if found.verdict == "wait":
        assert found.until > now
        assert answer(window, Question(found.until, None, None, {}, "r")).verdict == "pass"
        local = found.until.astimezone(ZoneInfo(zone))
        assert local.replace(tzinfo=None).time() == start or _is_skipped(local, start, zone)
    else:
        just_before = found.until - timedelta(microseconds=1)
        assert answer(window, Question(just_before, None, None, {}, "r")).verdict == "pass"


def _is_skipped(local: datetime, wanted: time, zone: str) -> bool:
    """Returns whether a clock of this zone never shows that time on that day."""
    meant = datetime.combine(local.date(), wanted, ZoneInfo(zone))
    return meant.astimezone(UTC).astimezone(ZoneInfo(zone)).time() != wanted


def test_a_freeze_holds_from_its_begin_to_just_before_its_end() -> None:
    begins, ends = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC)
    freezes = [Freeze(begins, ends, "holidays")]
    assert freeze(freezes, begins - timedelta(seconds=1)) is None
    held = freeze(freezes, begins)
    assert held is not None
    assert (held.verdict, held.until) == ("wait", ends)
    assert "holidays" in held.reason
    assert freeze(freezes, ends) is None
