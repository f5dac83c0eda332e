"""Kustomize's layering, natively: a folder's objects after its bases, components, patches and common fields.

The same folder gives the same objects as Kustomize 5.8; the tests compare object for object, and docs/kustomize.md
names what differs. Where Kustomize
silently does nothing there is a warning; where it would lose data or leave its own directives in an object there is
an error. What is stricter: an object in two versions is the same object twice, nothing is renamed, and nothing is
read from other machines.

A base that many overlays share is read and built once, and what an overlay does not change is the same Python object
in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.budget import Budget
from render.kustomize.file import find
from render.kustomize.kustomization import Kustomization
from render.kustomize.layer import Layer, read_layer
from render.kustomize.locate import finding
from render.kustomize.objects import Item
from render.kustomize.reader import Reader, inside
from render.kustomize.report import Report, Spot
from render.kustomize.resource import Resource
from render.kustomize.transformers.apply_patch import apply_patch
from render.kustomize.transformers.common_fields import FieldError, apply_common_fields
from render.kustomize.transformers.name_references import with_references, wrong_reference

LOCAL = "config.kubernetes.io/local-config"
_REMEMBERED = 10_000  # objects with common fields; more than that are those of clusters that have little in common


@dataclass(slots=True)
class BuildCache:
    """What one run has read: folders that others refer to, and their objects once built.

    `values` says how many values these have, as `Budget` counts them.
    `warnings` are what Kustomize would not say, of all folders built with this cache; `in_order` sorts them.
    """

    layers: dict[str, Layer | InputError] = field(default_factory=dict)
    built: dict[str, list[Item] | InputError] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    fields: dict[tuple[int, object], tuple[Item, Item]] = field(default_factory=dict)
    warnings: set[Finding] = field(default_factory=set)


def build(reader: Reader, folder: str, cache: BuildCache) -> list[Resource]:
    """Returns the objects of a folder with a kustomization, in the order in which they are read.

    Raises `InputError` with all that is wrong in the folder and in what it refers to.
    """
    folder = inside(folder)
    file, problem = find(folder, reader)
    if problem:
        raise wrong("MR023", f"this folder {problem}", file=folder)
    items = _Build(reader, cache, folder).folder(read_layer(file, reader, folder), (folder,))
    if wrong_references := [found for item in items if (found := wrong_reference(item)) is not None]:
        raise InputError(finding(found, reader) for found in wrong_references)
    return [item.resource for item in with_references(items)]


class _Build:
    def __init__(self, reader: Reader, cache: BuildCache, overlay: str) -> None:
        self._reader = reader
        self._cache = cache
        self._overlay = overlay

    def folder(self, layer: Layer, chain: tuple[str, ...]) -> list[Item]:
        """Returns the objects of a kustomization by itself; `chain` are the folders that led to it, it included."""
        report = Report(self._reader, self._overlay)
        work = Budget(report)
        items = self._accumulate(layer, [], chain, work)
        self._cache.warnings.update(report.warnings)
        if report.errors:
            raise InputError(report.errors)
        self._cache.values[chain[-1]] = work.values
        return items

    def _accumulate(self, layer: Layer, items: list[Item], chain: tuple[str, ...], work: Budget) -> list[Item]:
        """Returns the objects before a kustomization and its own, with all that it does to them."""
        report = work.report
        work.add_values(layer.values, layer.kustomization.at)
        report.errors += layer.errors
        report.warnings += layer.warnings
        found = _Objects(items, report)
        for at, entry in layer.resources:
            found.add(entry if isinstance(entry, list) else self._base(entry, at, chain, work), at)
        items = found.items
        for at, component in layer.components:
            work.add_component(at)
            if (below := self._read_referred(component, at, chain, report)) is not None:
                if below.kustomization.component:
                    items = self._accumulate(below, items, (*chain, component), work)
                else:
                    report.error("MR033", f"{component} is not of kind Component; list it under resources", at)
        if report.errors:
            return items  # half of the objects: patches and fields would only add to the confusion
        for patch in layer.patches:
            items = apply_patch(patch, items, report, work)
        return [item for item in self._with_fields(layer.kustomization, items, report) if not _is_local(item)]

    def _base(self, folder: str, at: Spot, chain: tuple[str, ...], work: Budget) -> list[Item]:
        """Returns the objects of a folder under `resources`, built once a run."""
        report = work.report
        built = self._cache.built.get(folder)
        if built is None or _circle(folder, chain):
            layer = self._read_referred(folder, at, chain, report)
            if layer is None:
                return []
            if layer.kustomization.component:
                report.error("MR033", f"{folder} is of kind Component; list it under components", at)
                return []
            try:
                built = self.folder(layer, (*chain, folder))
            except InputError as error:
                built = error
            self._cache.built[folder] = built
        if isinstance(built, InputError):
            report.add_failure(built)
            return []
        work.add_values(self._cache.values[folder], at)
        return built

    def _read_referred(self, folder: str, at: Spot, chain: tuple[str, ...], report: Report) -> Layer | None:
        """Returns the kustomization of a folder that another refers to, read once a run."""
        if circle := _circle(folder, chain):
            report.error("MR025", circle, at)
            return None
        layer = self._cache.layers.get(folder)
        if layer is None:
            file, problem = find(folder, self._reader)
            if problem:
                report.error("MR023", f"{folder} {problem}", at)
                return None
            try:
                layer = read_layer(file, self._reader, self._overlay)
            except InputError as error:
                layer = error
            self._cache.layers[folder] = layer
        if isinstance(layer, InputError):
            report.add_failure(layer)
            return None
        return layer

    def _with_fields(self, kustomization: Kustomization, items: list[Item], report: Report) -> list[Item]:
        """Namespace, labels and annotations; objects that get the same ones in many clusters stay the same objects."""
        fields = kustomization.fields
        if fields is None:
            return items
        known = self._cache.fields
        if len(known) > _REMEMBERED:
            known.clear()
        changed = []
        for item in items:
            key = (id(item), fields)
            try:
                if key not in known:
                    known[key] = item, apply_common_fields(item, fields)
                changed.append(known[key][1])
            except FieldError as error:
                report.error("MR034", error.message, Spot(item.resource.origin, error.path), item.resource.title)
        if fields.namespace:
            found = _Objects([], report)
            found.add(changed, kustomization.at.below("namespace"))
        return changed


class _Objects:
    """Objects that come together, each once."""

    def __init__(self, items: list[Item], report: Report) -> None:
        self.items = list(items)
        self._seen = {item.id.in_cluster: item for item in items}
        self._report = report

    def add(self, items: list[Item], at: Spot) -> None:
        """More objects, from an entry of a kustomization: an error for those that are there already."""
        twice = []
        for item in items:
            if item.id.in_cluster in self._seen:
                twice.append((self._seen[item.id.in_cluster], item))
            else:
                self._seen[item.id.in_cluster] = item
                self.items.append(item)
        if twice:
            self._report_twice(twice, at)

    def _report_twice(self, twice: list[tuple[Item, Item]], at: Spot) -> None:
        first, second = ((item, Spot(item.resource.origin, ("metadata", "name"))) for item in twice[0])
        title, place = second[0].resource.title, self._report.line(first[1])
        more = f" (and {len(twice) - 1} more like it)" if len(twice) > 1 else ""
        if at.path[0] == "namespace":
            message = f"makes one object, {title}, of two: from {place} and from {self._report.line(second[1])}{more}"
            self._report.error("MR026", message, at)
        elif first[1] == second[1]:
            self._report.error("MR026", f"{title} from {place} is there already{more}", at)
        else:
            self._report.error("MR026", f"is there already, from {place}{more}", second[1], title)


def _circle(folder: str, chain: tuple[str, ...]) -> str:
    """Returns why a folder cannot be referred to from the last of a chain, as in Kustomize, empty where it can."""
    for visited in chain:
        if folder == visited:
            return (
                f"the folders refer to each other in a circle: {' -> '.join((*chain[chain.index(visited) :], folder))}"
            )
        if folder == "." or visited.startswith(folder + "/"):
            return f"{folder} contains {visited}, which refers to it; Kustomize takes only folders beside or below"
    return ""


def _is_local(item: Item) -> bool:
    """Returns whether the object is only for tools that run here, and not for a cluster."""
    annotations = item.resource.data["metadata"].get("annotations")
    return isinstance(annotations, dict) and annotations.get(LOCAL, "false") != "false"
