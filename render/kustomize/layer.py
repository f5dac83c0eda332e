"""One kustomization with the files that it names read: objects, patches and the folders that it refers to."""

from __future__ import annotations

from dataclasses import dataclass

from render.errors import InputError
from render.finding import Finding
from render.kustomize import patches
from render.kustomize.file import NAMES, Kustomization, load
from render.kustomize.objects import Item, items
from render.kustomize.patches import Patch
from render.kustomize.paths import PathError, folder_path, resource_path
from render.kustomize.reader import Reader
from render.kustomize.report import Report, Spot
from render.yamlio.documents import parse


@dataclass(frozen=True, slots=True)
class Layer:
    """`resources` are, for each entry, the objects of a file or the path of a folder; `components` are folders.

    What could not be read is left out and is among the errors.
    """

    kustomization: Kustomization
    resources: tuple[tuple[Spot, list[Item] | str], ...]
    components: tuple[tuple[Spot, str], ...]
    patches: tuple[Patch, ...]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def read_layer(file: str, reader: Reader, overlay: str) -> Layer:
    """The layer of a kustomization file. Raises `InputError` where the file itself cannot be read.

    `overlay` is the folder that is built, for messages that say how Kustomize would build it.
    """
    report = Report(reader, overlay)
    kustomization = load(file, report)
    resources: list[tuple[Spot, list[Item] | str]] = []
    components: list[tuple[Spot, str]] = []
    for at, path in kustomization.resources:
        try:
            resources.append((at, _resource(path, kustomization.folder, report)))
        except PathError as error:
            report.error(error.code, error.message, at)
        except InputError as error:
            report.failed(error)
    for at, path in kustomization.components:
        try:
            components.append((at, folder_path(path, kustomization.folder, reader)))
        except PathError as error:
            report.error(error.code, error.message, at)
    read = [patches.load(entry, kustomization, report) for entry in kustomization.patches]
    return Layer(
        kustomization,
        tuple(resources),
        tuple(components),
        tuple(patch for patch in read if patch is not None),
        tuple(report.errors),
        tuple(report.warnings),
    )


def _resource(path: str, folder: str, report: Report) -> list[Item] | str:
    found, is_folder = resource_path(path, folder, report.reader)
    if is_folder:
        return found
    if found.rpartition("/")[2] in NAMES:
        raise PathError("MR032", f"{path} is a kustomization; refer to its folder")
    return items(parse(report.reader.read(found), found), report)
