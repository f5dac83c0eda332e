"""One kustomization with the files that it names read: objects, patches and the folders that it refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from render.errors import InputError
from render.finding import Finding
from render.kustomize.budget import PATCHES, TOO_MUCH, count_values
from render.kustomize.file import NAMES, load
from render.kustomize.kustomization import Kustomization
from render.kustomize.objects import Item, items
from render.kustomize.paths import PathError, folder_path, resource_path
from render.kustomize.reader import Reader
from render.kustomize.report import Report, Spot
from render.kustomize.transformers import patches
from render.kustomize.transformers.patches import Patch


@dataclass(frozen=True, slots=True)
class Layer:
    """`resources` are, for each entry, the objects of a file or the path of a folder; `components` are folders.

    What could not be read is left out and is among the errors. `values` counts those of the objects.
    """

    kustomization: Kustomization
    resources: tuple[tuple[Spot, list[Item] | str], ...]
    components: tuple[tuple[Spot, str], ...]
    patches: tuple[Patch, ...]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    values: int


def read_layer(file: str, reader: Reader, overlay: str) -> Layer:
    """Returns the layer of a kustomization file. Raises `InputError` where the file itself cannot be read.

    `overlay` is the folder that is built, for messages that say how Kustomize would build it.
    """
    report = Report(reader, overlay)
    kustomization = load(file, report)
    resources: list[tuple[Spot, list[Item] | str]] = []
    components: list[tuple[Spot, str]] = []
    known: dict[str, list[Item]] = {}
    for spot, path in kustomization.resources:
        try:
            resources.append((spot, _resource(path, kustomization.folder, known, report)))
        except PathError as error:
            report.error(error.code, error.message, spot)
        except InputError as error:
            report.add_failure(error)
    for spot, path in kustomization.components:
        try:
            components.append((spot, folder_path(path, kustomization.folder, reader)))
        except PathError as error:
            report.error(error.code, error.message, spot)
    loaded = tuple(_patches(kustomization, report))
    return Layer(
        kustomization,
        tuple(resources),
        tuple(components),
        loaded,
        tuple(report.errors),
        tuple(report.warnings),
        count_values([item.resource.data for _, entry in resources if isinstance(entry, list) for item in entry]),
    )


def _patches(kustomization: Kustomization, report: Report) -> Iterator[Patch]:
    number = 0
    for entry in kustomization.patches:
        patch = patches.load(entry, kustomization, report)
        if patch is None:
            continue
        number += len(patch.parts)
        if number > PATCHES:
            report.error(TOO_MUCH, f"is one of more than {PATCHES:,} patches; {report.way_out}", entry.at)
            return
        yield patch


def _resource(path: str, folder: str, known: dict[str, list[Item]], report: Report) -> list[Item] | str:
    found, is_folder = resource_path(path, folder, report.reader)
    if is_folder:
        return found
    if found in known:
        return known[found]
    if found.rpartition("/")[2] in NAMES:
        raise PathError("MR032", f"{path} is a kustomization; refer to its folder")
    known[found] = items(report.documents(found), report)
    return known[found]
