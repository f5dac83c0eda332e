"""The fleet's own file, `meshrev.yaml`, and the overlays that it names."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.locate import finding
from render.kustomize.problem import Problem
from render.kustomize.read import resources
from render.kustomize.reader import Reader
from render.specs.check import CheckedObject, check
from render.specs.kinds import Fleet
from render.specs.required_version import other_program_first
from render.specs.rules import OBSERVED, OUTPUT

FILE = "meshrev.yaml"


def load_fleet(reader: Reader, *, any_program: bool = False) -> Fleet:
    """Returns the Fleet of `meshrev.yaml` at the root.

    Raises `InputError` with everything that is wrong in that file. Where the fleet asks for another version of
    meshrev only that is said: fields of a later version would look like mistakes here. With `any_program` it may ask
    for another version, as the fleet of an old commit does.
    """
    if not reader.is_file(FILE) and not reader.is_folder(FILE):
        raise wrong(
            "MR056",
            "there is no fleet here: go to a folder of one, or name it with meshrev -C FOLDER",
            file=FILE,
        )
    found = [check(resource, any_program=any_program) for resource in resources(reader, FILE)]
    fleets = [item for item in found if item.kind == "Fleet"]
    findings = [finding(problem, reader) for item in found for problem in _problems(item, fleets)]
    if not fleets:
        message = "no object of kind Fleet (meshrev.io/v1alpha1) is in this file, and one is expected"
        findings.append(Finding("MR056", message, file=FILE))
    if errors := [item for item in findings if item.severity == "error"]:
        raise InputError(other_program_first(errors))
    spec: Fleet = fleets[0].spec
    if linked := [finding(problem, reader) for problem in _links(reader, spec)]:
        raise InputError(linked)
    return spec


def overlay_folders(reader: Reader, fleet: Fleet) -> list[str]:
    """Returns the folders that `spec.overlays` matches, sorted; each describes one cluster.

    Raises `InputError` where no folder matches.
    """
    folders = matching_folders(reader, fleet)
    if not folders:
        message = f"no folder matches {fleet.overlays} (each folder that matches describes one cluster)"
        raise InputError([finding(Problem("MR057", message, fleet.resource, ("spec", "overlays")), reader)])
    return folders


def matching_folders(reader: Reader, fleet: Fleet) -> list[str]:
    """As `overlay_folders`, where there need not be one.

    `*`, `?` and `[...]` match within one name, and no name that begins with a dot. The output folder never matches.
    """
    folders = [""]
    for step in fleet.overlays.split("/"):
        folders = [path for folder in folders for path in _matches(reader, folder, step)]
    return [folder for folder in folders if folder != fleet.output]


def is_waived(fleet: Fleet, code: str, title: str) -> bool:
    """Returns whether the fleet accepts a finding of this code for the object of this title.

    Whether its `until` has passed is not asked here: rendering knows no clock.
    """
    return any(waiver.code == code and waiver.object in (None, title) for waiver in fleet.waivers)


def _matches(reader: Reader, folder: str, step: str) -> Iterable[str]:
    if not set(step) & set("*?["):
        names = [step]
    else:
        names = [name for name in reader.entries(folder or ".") if fnmatchcase(name, step) and name[0] != "."]
    paths = (f"{folder}/{name}" if folder else name for name in names)
    return (path for path in paths if reader.is_folder(path))


def _links(reader: Reader, fleet: Fleet) -> Iterable[Problem]:
    """Yields what meshrev writes lies in the fleet itself: a link would lead it into somebody else's folder."""
    for path, folder in ((OUTPUT, fleet.output), (OBSERVED, fleet.observation.path)):
        try:
            links = reader.links(folder)
        except InputError as error:
            (found,) = error.findings
            yield Problem(found.code, f"{folder} {found.message}", fleet.resource, path)
            continue
        if links:
            message = f"{links[0]} is a symbolic link: meshrev does not write through one; put a folder here"
            yield Problem("MR094", message, fleet.resource, path)


def _problems(item: CheckedObject, fleets: list[CheckedObject]) -> Iterable[Problem]:
    if item.kind != "Fleet":
        message = f"{item.resource.title} does not belong in {FILE}: put it in an overlay or in what overlays share"
        return [Problem("MR056", message, item.resource, ("kind",))]
    if item is not fleets[0]:
        message = "is a second Fleet in this file, and a repository is one fleet"
        return [Problem("MR056", message, item.resource, ("metadata", "name"))]
    return item.problems
