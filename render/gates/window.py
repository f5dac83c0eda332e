"""The gate `window`, and times without changes. Hours are those of a clock on the wall: where it is put forward or
back, the window begins and ends by the new one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from render.gates.answer import GateAnswer, Question
from render.specs.rollout.kinds import DAYS, Freeze, Window

_LOOK_AHEAD = 8  # days: each day of the week once, and the one that began yesterday


def answer(gate: Window, question: Question) -> GateAnswer:
    """Waits for the next time that the window is open."""
    zone = ZoneInfo(gate.time_zone)
    for begins, ends in _openings(gate, question.now.astimezone(zone).date() - timedelta(days=1), zone):
        if begins <= question.now < ends:
            return GateAnswer("pass", f"open until {_on_clock(ends, zone)}", ends)
        if question.now < begins:
            return GateAnswer("wait", f"opens {_on_clock(begins, zone)}", begins)
    return GateAnswer("wait", "never opens")


def freeze(freezes: Iterable[Freeze], now: datetime) -> GateAnswer | None:
    """Returns the freeze that holds now, the one that ends last; None where none does."""
    held = [one for one in freezes if one.start <= now < one.end]
    if not held:
        return None
    last = max(held, key=lambda one: one.end)
    why = f" ({last.reason})" if last.reason else ""
    return GateAnswer("wait", f"frozen until {last.end:%Y-%m-%d %H:%M %Z}{why}", last.end.astimezone(UTC))


def _openings(gate: Window, first: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Yields when the window opens and closes, in UTC, from a day on."""
    for number in range(_LOOK_AHEAD + 1):
        day = first + timedelta(days=number)
        if gate.days and DAYS[day.weekday()] not in gate.days:
            continue
        over_midnight = gate.end is None or gate.end <= gate.start
        end = _moment(day + timedelta(days=over_midnight), gate.end or time(), zone)
        yield _moment(day, gate.start, zone), end


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def _on_clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"
