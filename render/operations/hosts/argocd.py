"""What Argo CD's config management plugin is asked for: the objects of the cluster that an Application is about.

Argo CD copies the repository, or a part of it, and runs the plugin in the Application's folder of the copy
(cmpserver/plugin/plugin.go and reposerver/repository/repository.go of argoproj/argo-cd).

Objects as one stream of YAML documents, checked as a whole before any of it is printed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.objects import problem_of
from render.kustomize.read import parse
from render.kustomize.resource import Resource
from render.operations.hosts.argocd_parameters import application_parameters
from render.operations.hosts.resource_list import Key, object_key
from render.operations.hosts.tree_objects import TreeObject, committed_objects
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.fleet_root import find_root
from render.specs.clusters import load_cluster
from render.specs.fleet import FILE, matching_folders
from render.yamlio.location import Place

SOURCE_PATH = "ARGOCD_APP_SOURCE_PATH"
FROM_ENVIRONMENT = "ARGOCD_ENV_MESHREV_CLUSTER"  # the Application's `plugin.env` entry MESHREV_CLUSTER


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What goes to standard output, all of it or nothing, and warnings."""

    cluster: str
    stream: bytes
    findings: tuple[Finding, ...]


def fleet_root(folder: Path, environment: Mapping[str, str]) -> Path:
    """Returns the fleet's root for an Application in `folder`: the nearest folder upwards that has a `meshrev.yaml`.

    Never above the copy of the repository. How deep in it `folder` lies is told by ARGOCD_APP_SOURCE_PATH as far as
    `folder` ends like it: a copy of only a part (`manifest-generate-paths`) begins further down. Outside Argo CD the
    copy's root is where `.git` is. Raises `InputError` where there is no fleet.
    """
    root = find_root(folder, _steps_up(folder, environment))
    if root is None:
        message = (
            "there is no fleet in the Application's folder or above it: let spec.source.path lead into one; "
            "with the annotation manifest-generate-paths, let its paths cover the whole fleet"
        )
        raise wrong("MR056", message, file=FILE)
    return root


def generate(root: Path, folder: Path, environment: Mapping[str, str]) -> GenerateResult:
    """Returns the objects of the Application's cluster, as its committed tree has them. `folder` is the Application's,
    in the fleet in `root`.

    Raises `DriftError` where rendering would change the tree; `InputError` for everything
    that is wrong, and for a selection that holds no object: what is empty would make Argo CD prune.
    """
    asked = application_parameters(environment)
    opened = open_fleet(root)
    name = asked.cluster or default_cluster(opened, folder, environment)
    if name is None:
        raise _no_cluster(folder, opened)
    found = committed_objects(opened, name)
    objects = [item for item in found.objects if item.part in asked.parts]
    if not objects:
        raise wrong("MR039", _nothing(name, {item.part for item in found.objects}, asked.parts))
    return GenerateResult(name, stream(objects), found.findings)


def default_cluster(opened: OpenFleet, folder: Path, environment: Mapping[str, str]) -> str | None:
    """Returns the cluster that is meant where no parameter names one: by the Application's environment, else by its
    folder, which is the cluster's in the tree or its overlay. None where neither says."""
    if named := environment.get(FROM_ENVIRONMENT):
        return named
    path = PurePosixPath(folder.resolve().relative_to(opened.root.resolve()).as_posix())
    output = PurePosixPath(opened.fleet.output)
    if path.is_relative_to(output) and len(path.relative_to(output).parts) == 1:
        return path.name
    if path.as_posix() in matching_folders(opened.reader, opened.fleet):
        return load_cluster(opened.reader, opened.fleet, path.as_posix(), opened.cache).specs.cluster.name
    return None


def _steps_up(folder: Path, environment: Mapping[str, str]) -> int | None:
    """Returns how many folders above `folder` are surely in the copy; None where nobody says."""
    if SOURCE_PATH not in environment:
        return None
    steps = 0
    told = PurePosixPath(environment[SOURCE_PATH]).parts
    for part, said in zip(reversed(folder.parts), reversed(told), strict=False):
        if part != said:
            break
        steps += 1
    return steps


def _no_cluster(folder: Path, opened: OpenFleet) -> InputError:
    path = folder.resolve().relative_to(opened.root.resolve()).as_posix()
    message = (
        f"{path} is no cluster's folder: let spec.source.path be {opened.fleet.output}/CLUSTER or the cluster's "
        f"overlay ({opened.fleet.overlays}), or name the cluster in the parameter `cluster` or in the plugin's "
        "environment as MESHREV_CLUSTER"
    )
    return wrong("MR063", message)


def _nothing(name: str, there: Collection[str], asked: Collection[str]) -> str:
    which = f" in the parts {', '.join(asked)} (it has {', '.join(sorted(there))})" if there else ""
    return f"cluster {name} has no object{which}: printing nothing would let Argo CD prune what it synced before"


def stream(objects: Iterable[TreeObject]) -> bytes:
    """Returns the documents of all objects, each behind a `---`.

    Raises `InputError` where a file is not exactly one object with `apiVersion`, `kind` and `metadata.name`, or where
    two are the same object: a host would take half of it, or the last.
    """
    seen: dict[Key, str] = {}
    findings: list[Finding] = []
    parts: list[bytes] = []
    for item in objects:
        documents = parse(item.data, item.file)
        resources = [Resource(document.data, Place(item.file, document.index)) for document in documents]
        if (
            len(resources) != 1
            or problem_of(resources[0].data)
            or not isinstance(resources[0].data["metadata"]["name"], str)
        ):
            message = "is not one object with apiVersion, kind and metadata.name"
            findings.append(Finding("MR038", message, file=item.file))
        elif (other := seen.setdefault(object_key(resources[0].data), item.file)) != item.file:
            message = f"is in {other} too: keep one of them"
            findings.append(Finding("MR038", message, file=item.file, object=resources[0].title))
        parts += [b"---\n", item.data]
    if findings:
        raise InputError(findings)
    # Argo CD cuts one newline off the end of what it reads; without a spare one, a text block that stands last would
    # lose its own.
    return b"".join((*parts, b"\n")) if parts else b""
