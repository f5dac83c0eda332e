"""`rollout new`: the file of a rollout for this fleet, from a template."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from render.errors import wrong
from render.kustomize.reader import Reader
from render.messages import few
from render.plan.cluster import ClusterPlan
from render.specs.releases import parse, resolve
from render.specs.rollout.read import FOLDER
from render.tree.store.disk import unwritable, write_new
from render.tree.store.fleet_folder import FleetFolder
from render.yamlio.write import scalar

CODE = "MR342"
Template = Literal["canary", "environment", "region"]


class NewFile(NamedTuple):
    """A file that is not there yet: its path from the fleet's root, and its text."""

    path: str
    text: str


# Labels that fleets have, the usual one first.
_LABELS: Mapping[Template, tuple[str, ...]] = {
    "environment": ("env", "environment", "stage", "tier"),
    "region": ("region", "topology.kubernetes.io/region", "location"),
    "canary": (),
}
# Environments from what may break to what may not.
_ORDER = ("dev", "development", "test", "qa", "int", "integration", "staging", "stage", "preprod", "prod", "production")


def rollout_file(
    plans: Sequence[ClusterPlan],
    reader: Reader,
    version: str,
    *,
    istio: str | None = None,
    template: Template = "canary",
    name: str | None = None,
) -> NewFile:
    """Returns the file of a new rollout.

    `InputError` where the fleet has no such Istio, where the template does not fit its labels, and where the file is
    there already.
    """
    release = resolve(version)
    chosen = _istio(plans, istio)
    found = parse(release)
    title = name or f"{chosen}-{found.major}-{found.minor}-{found.patch}"
    path = f"{FOLDER}/{title}.yaml"
    if reader.is_file(path) or reader.is_folder(path):
        raise wrong("MR301", "is there already: take another name (--name)", file=path)
    having = [plan for plan in plans if any(one.istio.name == chosen for one in plan.istios)]
    waves = _canary(having) if template == "canary" else _by_label(having, template)
    lines = [
        "apiVersion: meshrev.io/v1alpha1",
        "kind: RevisionRollout",
        "metadata:",
        f"  name: {scalar(title)}",
        "spec:",
        f"  istio: {scalar(chosen)}",
        f"  version: {release}",
        "  onFailure: rollback        # or pause, or rollbackAll",
        "  maxUnavailable: 25%        # of a wave's clusters, until `observed` or `health` shows that they are well",
        "  waves:",
        *waves,
    ]
    return NewFile(path, "\n".join(lines) + "\n")


def _istio(plans: Sequence[ClusterPlan], name: str | None) -> str:
    known = {one.istio.name: one.istio.strategy for plan in plans for one in plan.istios}
    able = sorted(one for one, strategy in known.items() if strategy == "RevisionBased")
    if name in able:
        return str(name)
    if name in known:
        raise wrong(CODE, f"Istio {name} is InPlace: there is no second revision to move to", file="--istio")
    if name is not None:
        raise wrong(CODE, f"no cluster has an Istio {name} (known: {few(sorted(known), 5)})", file="--istio")
    if not able:
        raise wrong(CODE, "no cluster has an Istio whose update strategy is RevisionBased", file="--istio")
    if len(able) > 1:
        raise wrong(CODE, f"name the Istio that is meant: {few(able, 5)}", file="--istio")
    return able[0]


def _canary(plans: Sequence[ClusterPlan]) -> list[str]:
    """One cluster first, whose name comes first where no label says what may break; then a tenth, then all."""
    first = min(plans, key=lambda plan: (_rank(plan.specs.cluster.labels.get("env", "")), plan.specs.cluster.name))
    return [
        *_wave("canary", [f"    clusters: {{names: [{scalar(first.specs.cluster.name)}]}}"], "24h"),
        *_wave("tenth", ["    namespaces: {percent: 10%}"], "24h"),
        *_wave("everyone", [], "24h"),
    ]


def _by_label(plans: Sequence[ClusterPlan], template: Template) -> list[str]:
    having = (key for key in _LABELS[template] if all(key in plan.specs.cluster.labels for plan in plans))
    key = next(having, None)
    if key is None:
        some = next((one for one in _LABELS[template] if any(one in p.specs.cluster.labels for p in plans)), None)
        without = [plan.specs.cluster.name for plan in plans if some and some not in plan.specs.cluster.labels]
        why = f"{few(without, 3)} has no label {some}" if some else f"no cluster has a label {_LABELS[template][0]}"
        raise wrong(CODE, f"clusters cannot be told apart: {why}", file="--template")
    values = sorted({plan.specs.cluster.labels[key] for plan in plans}, key=lambda value: (_rank(value), value))
    lines = []
    for value in values:
        choice = f"    clusters: {{matchLabels: {{{key}: {scalar(value)}}}}}"
        lines += _wave(_name(value), [choice], "24h")
    return lines


def _name(value: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in value.lower()).strip("-") or "wave"


def _rank(environment: str) -> int:
    return _ORDER.index(environment) if environment in _ORDER else len(_ORDER)


def _wave(name: str, choices: Sequence[str], soak: str) -> list[str]:
    return [f"  - name: {scalar(name)}", *choices, "    gates:", "    - observed: {}", f"    - soak: {soak}"]


def write_rollout(root: Path, file: NewFile) -> None:
    """Writes the file of a new rollout below the fleet's root. `InputError` where that cannot be done; half a file is
    not left."""
    folder = FleetFolder(root, posixpath.dirname(file.path))
    staging = root / f"{file.path}.new"
    try:
        folder.folder.mkdir(parents=True, exist_ok=True)
        write_new(str(staging), file.text.encode())
        staging.replace(root / file.path)
    except OSError as error:
        staging.unlink(missing_ok=True)
        raise unwritable(folder, error) from None
