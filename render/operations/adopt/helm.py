"""From releases of Istio's charts to specs: what `helm get values -o yaml` and `helm list -o json` print."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from render.errors import wrong
from render.operations.adopt.adoption import (
    MESHREV,
    NO_COUNTERPART,
    SAIL,
    UNREADABLE,
    Adoption,
    revision_spec,
    tag_spec,
)
from render.operations.adopt.dump import Dump, ValuesFile
from render.specs import releases
from render.yamlio.location import merge_maps, value_at

CHARTS = ("base", "istiod", "cni", "ztunnel", "gateway")
_CHART = re.compile(r"(?P<chart>base|istiod|cni|ztunnel|gateway)-v?(?P<version>\d+\.\d+\.\d+)(?:[-+].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChartRelease:
    """A release of one of Istio's charts: `version` is such as `v1.27.3`."""

    name: str
    namespace: str
    chart: str
    version: str


def helm_releases(text: bytes, file: str) -> list[ChartRelease]:
    """Returns the releases of Istio's charts in what `helm list -A -o json` prints. `InputError` for anything else."""
    try:
        found = json.loads(text)
        listed = [(one["name"], one["namespace"], _CHART.fullmatch(one["chart"])) for one in found]
    except (ValueError, KeyError, TypeError):
        raise wrong(UNREADABLE, "is not what `helm list -A -o json` prints", file=file) from None
    return [
        ChartRelease(name, namespace, match["chart"], releases.resolve(f"v{match['version']}"))
        for name, namespace, match in listed
        if match
    ]


def adopt_helm(dump: Dump, known: Sequence[ChartRelease], adoption: Adoption) -> None:
    """Adds the specs of releases by their values: a file is of the release that it is called like, or of the only one.

    `InputError` for a file that is of none.
    """
    by_release = {_release(one, known): one for one in dump.values}
    for release in sorted(known, key=lambda one: CHARTS.index(one.chart)):
        given = by_release.get(release)
        values = dict(given.values) if given else {}
        if given is None:
            message = f"no values were handed over (helm get values {release.name} -n {release.namespace} -o yaml)"
            adoption.note(NO_COUNTERPART, message, object=f"release {release.namespace}/{release.name}")
        _add(release, values, adoption)


def _release(file: ValuesFile, known: Sequence[ChartRelease]) -> ChartRelease:
    stem = PurePosixPath(file.file).stem
    found = [one for one in known if one.name == stem] or ([known[0]] if len(known) == 1 else [])
    if not found:
        names = ", ".join(one.name for one in known) or "none"
        message = (
            f"holds Helm values of no release that is known (known: {names}): call the file after its release and give "
            "--helm-list, or give --chart, --version, --release and --namespace"
        )
        raise wrong(UNREADABLE, message, file=file.file)
    return found[0]


def _add(release: ChartRelease, values: dict[str, Any], adoption: Adoption) -> None:
    where = release.namespace
    match release.chart:
        case "base":
            _add_base(release, values, adoption)
        case "istiod":
            revision = str(values.get("revision") or "default")
            revision_spec(adoption, revision, release.version, where, values)
            for tag in values.get("revisionTags") or ():
                tag_spec(adoption, str(tag), revision)
            if values.get("defaultRevision") and revision != "default":
                tag_spec(adoption, "default", str(values["defaultRevision"]))
        case "cni":
            adoption.add(SAIL, "IstioCNI", "default", _spec(release.version, where, _inside("cni", values)))
        case "ztunnel":
            adoption.add(SAIL, "ZTunnel", "default", _spec(release.version, where, _inside("ztunnel", values)))
        case "gateway":
            follows = str(values.get("revision") or "default")
            own = {name: value for name, value in values.items() if name not in ("revision", "name")}
            spec = {"follows": follows, "namespace": where, **({"values": own} if own else {})}
            adoption.add(MESHREV, "MeshGateway", str(values.get("name") or release.name), spec)


def _add_base(release: ChartRelease, values: Mapping[str, Any], adoption: Adoption) -> None:
    """Base comes with the revisions; the default revision that it names is a tag."""
    default = values.get("defaultRevision")
    if default and default != "default":
        tag_spec(adoption, "default", str(default))
    rest = [name for name in values if name not in ("defaultRevision", "global")]
    rest += [f"global.{name}" for name in value_at(values, "global") or {} if name != "istioNamespace"]
    if rest:
        message = f"values of base have no counterpart, as base comes with the revisions: {', '.join(sorted(rest))}"
        adoption.note(NO_COUNTERPART, message, object=f"release {release.namespace}/{release.name}")


def _inside(level: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a node agent's chart as Sail's kinds have them: its own stand below its name there."""
    outer = {name: values[name] for name in ("global", "profile", "platform") if name in values}
    own = {name: value for name, value in values.items() if name not in (*outer, level, "revision")}
    own = merge_maps(own, values.get(level) or {})
    return {**outer, level: own} if own else outer


def _spec(version: str, namespace: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": version, "namespace": namespace, **({"values": dict(values)} if values else {})}
