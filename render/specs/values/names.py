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

from render.specs.values.release_ranges import ALWAYS, NEVER, Ranges, common_ranges, either_ranges, parse_ranges

FOLDER = Path(__file__).parent

_RESOURCES = {"claims": "list", "limits": "map", "requests": "map"}


@dataclass(slots=True, eq=False)
class Name:
    """A known name: `names` are known below it, or else `type` says what it takes and `read` who reads it."""

    type: str = ""
    read: Ranges = NEVER
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
        _lay(_at(root, place), own, parse_ranges(releases))
    for key, releases in lifted.items():
        below = {**{name: entry for name, entry in data["root"].items() if name != key}, **own}
        _lay(_at(root, key), below, parse_ranges(releases), only_known=first_level is not None)


def _lay(into: Name, entries: Mapping[str, Any], releases: Ranges, only_known: bool = False) -> None:
    """Add entries of a file below a name, as read by those of the `releases` that each entry has itself."""
    names = _names(into)
    for name, entry in entries.items():
        if name not in names and only_known:
            continue
        kind, _, written = ("", "", "") if isinstance(entry, dict) else entry.partition(" ")
        read = common_ranges(parse_ranges(written), releases)
        below = entry if isinstance(entry, dict) else _RESOURCES if kind == "resources" else None
        known = names.get(name)
        if below is None:
            names[name] = Name(kind, either_ranges(known.read, read) if known and known.names is None else read)
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
