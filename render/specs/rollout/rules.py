"""Rules of a RevisionRollout that its schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from render.kustomize.problem import Problem
from render.messages import FieldPath, did_you_mean, value_text
from render.specs import duration
from render.specs.rollout.build import moment
from render.specs.rules import Validation

CODE = "MR340"
WAVES: FieldPath = ("spec", "waves")
READY: FieldPath = ("spec", "ready")
FREEZES: FieldPath = ("spec", "freezes")
SKIPPED: FieldPath = ("spec", "skipped")

Data = Mapping[str, Any]


def _wave_names(data: Data) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, wave in enumerate(data["spec"]["waves"]):
        if wave["name"] in seen:
            yield Problem(CODE, f"there is a wave {wave['name']} before this one", path=(*WAVES, at, "name"))
        seen.add(wave["name"])


def _choices(data: Data) -> Iterator[Problem]:
    for at, wave in enumerate(data["spec"]["waves"]):
        for field in ("clusters", "namespaces"):
            if field in wave and not wave[field]:
                message = "says nothing: take it out where all are meant"
                yield Problem(CODE, message, path=(*WAVES, at, field))


def _unreachable_waves(data: Data) -> Iterator[Problem]:
    """Yields waves after one that moves everything everywhere."""
    waves = data["spec"]["waves"]
    whole = next(
        (at for at, wave in enumerate(waves) if not {"clusters", "namespaces", "gateways"} & wave.keys()), len(waves)
    )
    for at in range(whole + 1, len(waves)):
        message = f"nothing is left for it: {waves[whole]['name']} moves all that is left in all clusters"
        yield Problem(CODE, message, path=(*WAVES, at, "name"), severity="warning")


def _gates(data: Data) -> Iterator[tuple[FieldPath, Data]]:
    for at, gate in enumerate(data["spec"].get("ready", ())):
        yield (*READY, at), gate
    for number, wave in enumerate(data["spec"]["waves"]):
        for at, gate in enumerate(wave.get("gates", ())):
            yield (*WAVES, number, "gates", at), gate


def _one_question(data: Data) -> Iterator[Problem]:
    for path, gate in _gates(data):
        if len(gate) != 1:
            names = f"it has {', '.join(gate)}: make an entry of each" if gate else "this has none"
            yield Problem(CODE, f"a gate has one field, which says what is asked, and {names}", path=path)


def _prometheus(data: Data) -> Iterator[Problem]:
    for path, gate in _gates(data):
        said = gate.get("prometheus")
        if said is None:
            continue
        here = (*path, "prometheus")
        if ("below" in said) == ("above" in said):
            yield Problem(CODE, "says either below or above, and which number", path=here)
        if "url" not in said and not said.get("urls"):
            yield Problem(CODE, "says which server is asked: url, or urls by cluster", path=here)
        length, step = duration.seconds(said.get("for", "10m")), duration.seconds(said.get("step", "30s"))
        if step == 0 or length < step:
            message = "must be at least one step long, and a step at least a second"
            yield Problem(CODE, message, path=(*here, "for" if "for" in said else "step"))
        elif length / step > _SAMPLES:
            message = f"asks for more than {_SAMPLES} samples: make the step longer"
            yield Problem(CODE, message, path=(*here, "for" if "for" in said else "step"))


# Prometheus answers no range query of more points a series.
_SAMPLES = 11_000


def _windows(data: Data) -> Iterator[Problem]:
    for path, gate in _gates(data):
        said = gate.get("window")
        if said is None:
            continue
        if said["from"] == "24:00":
            yield Problem(CODE, "opens at a time of its own day, 00:00 to 23:59", path=(*path, "window", "from"))
        zone = said.get("timeZone", "UTC")
        if not _is_zone(zone):
            from zoneinfo import available_timezones

            guess = did_you_mean(zone, available_timezones())
            message = f"{value_text(zone)} is not in this machine's time zone database{guess}"
            yield Problem(CODE, message, path=(*path, "window", "timeZone"))


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder of the database
        return False
    return True


def _freezes(data: Data) -> Iterator[Problem]:
    for at, one in enumerate(data["spec"].get("freezes", ())):
        try:
            begins, ends = moment(one["from"]), moment(one["to"])
        except ValueError:
            yield Problem(CODE, "has a day or time that the calendar does not have", path=(*FREEZES, at))
            continue
        if ends <= begins:
            yield Problem(CODE, "ends before it begins", path=(*FREEZES, at, "to"))


def _skip_entries(data: Data) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, one in enumerate(data["spec"].get("skipped", ())):
        try:
            date.fromisoformat(one["until"])
        except ValueError:
            message = f"{value_text(one['until'])} is not in the calendar"
            yield Problem(CODE, message, path=(*SKIPPED, at, "until"))
        if one["cluster"] in seen:
            yield Problem(CODE, f"{one['cluster']} is skipped by an entry before this", path=(*SKIPPED, at, "cluster"))
        seen.add(one["cluster"])


REVISION_ROLLOUT: tuple[Validation, ...] = (
    Validation((WAVES,), _wave_names),
    Validation((WAVES,), _choices),
    Validation((WAVES,), _unreachable_waves),
    Validation((WAVES, READY), _one_question),
    Validation((WAVES, READY), _prometheus),
    Validation((WAVES, READY), _windows),
    Validation((FREEZES,), _freezes),
    Validation((SKIPPED,), _skip_entries),
)
