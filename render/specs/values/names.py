"""Which Helm values there are, of which type, and which releases read them, compiled from the files in `values/`.

Sources: `sail.json` and `mesh_types.json` are the names and types of Sail's API; the file of a chart says what its
templates (and istiod, of what the chart hands it) read; `istioctl.json` is what istioctl itself reads.
`docs/values.md` describes the files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

# A release as one number, 1.28.10 as 1028010: comparing these is what the check does most.
Ordinal = int
# Ranges of releases: from the first on, until before the second. In order, apart from each other.
Spans = tuple[tuple[Ordinal, Ordinal], ...]

_FIRST, _LAST = 0, 10**9
ALWAYS: Spans = ((_FIRST, _LAST),)
NEVER: Spans = ()

_RESOURCES = {"claims": "list", "limits": "map", "requests": "map"}


@dataclass(slots=True, eq=False)
class Name:
    """A known name: `names` are known below it, or else `type` says what it takes and `read` who reads it."""

    type: str = ""
    read: Spans = NEVER
    names: dict[str, Name] | None = None

    def leaves(self) -> Iterator[Name]:
        """Yields every name at or below this one that takes a value."""
        if self.names is None:
            yield self
        else:
            for below in self.names.values():
                yield from below.leaves()


@dataclass(frozen=True, slots=True)
class Subject:
    """What values are given to: `title` names it in messages.

    `charts` read them. `api` are kinds of Sail's API (or files: istioctl's, another chart's) that know them as well,
    from where there to where here. In a spec the component's own values have one place, and the first level is
    what the API has; a chart may also take them at the root.
    """

    title: str
    charts: tuple[str, ...]
    api: tuple[tuple[str, str, str], ...]
    is_spec: bool = False


# Helm's `global` is shared by charts that are installed together, so each of them may be given all of it.
_GLOBAL = ("Istio", "global", "global")

SUBJECTS: Mapping[str, Subject] = {
    "istiod": Subject("istiod", ("istiod",), (("Istio", "", ""), ("Istio", "pilot", ""))),
    "revisiontags": Subject("istiod", ("istiod",), (("Istio", "", ""), ("Istio", "pilot", ""))),
    "base": Subject("base", ("base",), (("Istio", "", ""),)),
    "cni": Subject("cni", ("cni",), (("IstioCNI", "", ""), ("IstioCNI", "cni", ""), _GLOBAL)),
    "ztunnel": Subject("ztunnel", ("ztunnel",), (("ZTunnel", "ztunnel", ""), ("ZTunnel", "global", "global"), _GLOBAL)),
    "gateway": Subject("gateway", ("gateway",), (_GLOBAL,)),
    "ingress": Subject("ingress", ("ingress",), (("Istio", "", ""), ("egress", "own", "gateways.istio-egressgateway"))),
    "egress": Subject("egress", ("egress",), (("Istio", "", ""), ("ingress", "own", "gateways.istio-ingressgateway"))),
    "Istio": Subject("istiod", ("istiod", "base"), (("Istio", "", ""),), is_spec=True),
    "IstioRevision": Subject("istiod", ("istiod", "base"), (("Istio", "", ""),), is_spec=True),
    "IstioCNI": Subject("cni", ("cni",), (("IstioCNI", "", ""),), is_spec=True),
    "ZTunnel": Subject("ztunnel", ("ztunnel",), (("ZTunnel", "", ""),), is_spec=True),
    "IstioOperator": Subject(
        "Istio",
        ("istiod", "base", "cni", "ztunnel", "ingress", "egress"),
        (("Istio", "", ""), ("IstioCNI", "", ""), ("ZTunnel", "", ""), ("istioctl", "", "")),
        is_spec=True,
    ),
}


@cache
def tree(subject: str) -> Name:
    """Everything that is known of a subject's values, for all releases. It must not be changed."""
    about = SUBJECTS[subject]
    root = Name(names={})
    for api, source, target in about.api:
        _lay(_at(root, target), _step(_api(api), source), ALWAYS if api == "istioctl" else NEVER)
    first_level = frozenset(_names(root)) if about.is_spec else None
    for chart in about.charts:
        _lay_chart(root, chart, first_level)
    return root


@cache
def own_places(subject: str) -> tuple[tuple[str, ...], ...]:
    """Returns where the settings of the component itself may stand, in this release or another: `pilot` and the
    root."""
    about = SUBJECTS[subject]
    found: dict[tuple[str, ...], None] = {}
    for data in map(names_of, about.charts):
        places = [data.get("own_in_spec")] if about.is_spec else [*data.get("own_at", ()), *data.get("lifted", ())]
        found |= dict.fromkeys(tuple(place.split(".")) if place else () for place in places if place is not None)
    return tuple(found)


@cache
def mesh_types() -> Mapping[str, Any]:
    """Returns `messages` and `enums` of the mesh API, per release, as `mesh_types.json` has them."""
    read: Mapping[str, Any] = json.loads((Path(__file__).parents[1] / "mesh_types.json").read_bytes())
    return read


@cache
def mesh_names() -> frozenset[str]:
    """Returns the first level of `meshConfig`, as the mesh API names it today; it never takes a name away."""
    return frozenset(mesh_types()["messages"]["MeshConfig"])


@cache
def names_of(file: str) -> Any:
    """Returns a file of `values/` as it is written. It must not be changed."""
    return json.loads((FOLDER / f"{file}.json").read_bytes())


@cache
def spans_of(text: str) -> Spans:
    """Spans as the files write them: `1.28.6..1.29 1.29.2..` is from 1.28.6 on, before 1.29, and from 1.29.2 on."""
    if text in ("", ".."):
        return ALWAYS
    if text == "never":
        return NEVER
    ends = (span.split("..") for span in text.split())
    return tuple((_number(start, _FIRST), _number(end, _LAST)) for start, end in ends)


@cache
def ordinal(major: int, minor: int, patch: int) -> Ordinal:
    return (major * 1000 + minor) * 1000 + patch


def is_read(spans: Spans, release: Ordinal) -> bool:
    return spans is ALWAYS or any(start <= release < end for start, end in spans)


def when_read(spans: Spans, release: Ordinal) -> str:
    """Returns which releases read a name that `release` does not read: the next ones, else the last ones before it."""
    later = [start for start, _ in spans if start > release]
    if later:
        return f"read since {_version(min(later))}"
    if spans:
        return f"read before {_version(spans[-1][1])}"
    return "no release reads it"


def _lay_chart(root: Name, chart: str, first_level: frozenset[str] | None) -> None:
    """Lays what a chart reads over what is known already. `first_level`, in a spec, is what that level may have."""
    data = names_of(chart)
    own, shared, lifted = data.get("own", {}), data["root"], data.get("lifted", {})
    places: dict[str, str] = data.get("own_at", {})
    if first_level is not None:
        shared = {name: below for name, below in shared.items() if name in first_level}
        places = {data["own_in_spec"]: ".."} if own else {}
    _lay(root, shared, ALWAYS)
    for place, releases in places.items():
        _lay(_at(root, place), own, spans_of(releases))
    for key, releases in lifted.items():
        below = {**{name: entry for name, entry in data["root"].items() if name != key}, **own}
        _lay(_at(root, key), below, spans_of(releases), only_known=first_level is not None)


def _lay(into: Name, entries: Mapping[str, Any], releases: Spans, only_known: bool = False) -> None:
    """Add entries of a file below a name, as read by those of the `releases` that each entry has itself."""
    names = _names(into)
    for name, entry in entries.items():
        if name not in names and only_known:
            continue
        kind, _, written = ("", "", "") if isinstance(entry, dict) else entry.partition(" ")
        read = _common(spans_of(written), releases)
        below = entry if isinstance(entry, dict) else _RESOURCES if kind == "resources" else None
        known = names.get(name)
        if below is None:
            names[name] = Name(kind, _either(known.read, read) if known and known.names is None else read)
        elif known and known.names is None:
            known.read = ALWAYS if releases else known.read  # free below this name, by the API
        else:
            _lay(names.setdefault(name, Name(names={})), below, read, only_known)


def _at(root: Name, place: str) -> Name:
    """Returns the name at a place such as `gateways.istio-ingressgateway`, made where it is missing; the root for
    ``."""
    for step in place.split(".") if place else ():
        root = _names(root).setdefault(step, Name(names={}))
    return root


def _names(name: Name) -> dict[str, Name]:
    assert name.names is not None
    return name.names


def _api(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = names_of("sail").get(name) or names_of(name)
    return found


def _step(entries: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    return entries[place] if place else entries


def _number(version: str, default: Ordinal) -> Ordinal:
    if not version:
        return default
    major, minor, patch = (*map(int, version.split(".")), 0)[:3]
    return ordinal(major, minor, patch)


def _version(number: Ordinal) -> str:
    minors, patch = divmod(number, 1000)
    major, minor = divmod(minors, 1000)
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"


def _common(one: Spans, other: Spans) -> Spans:
    if one is ALWAYS:
        return other
    if other is ALWAYS:
        return one
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted(span for span in both if span[0] < span[1]))


def _either(one: Spans, other: Spans) -> Spans:
    if one is ALWAYS or other is ALWAYS:
        return ALWAYS
    merged: list[tuple[Ordinal, Ordinal]] = []
    for start, end in sorted((*one, *other)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
