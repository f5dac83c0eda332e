"""What a person writes for Kustomize to call meshrev: which function, on which cluster of which fleet.

apiVersion: meshrev.io/v1alpha1
kind: ClusterTree            # a generator; ClusterSpecs is a transformer
metadata: {name: mesh}
spec:
  cluster: prod-eu
  fleet: ../..               # from the kustomization's folder to the one that holds meshrev.yaml
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import did_you_mean, short, value_text
from render.operations.render.fleet_root import find_root
from render.specs.fleet import FILE

API_VERSION = "meshrev.io/v1alpha1"
TREE = "ClusterTree"
SPECS = "ClusterSpecs"
KINDS = (TREE, SPECS)
_FIELDS = ("apiVersion", "kind", "metadata", "spec")
_SPEC = ("cluster", "fleet")


@dataclass(frozen=True, slots=True)
class FunctionConfig:
    """`ClusterTree` adds what the committed tree of a cluster holds; `ClusterSpecs` replaces the cluster's specs by
    what they render to. `fleet` is as it was written, None where it was not."""

    kind: str
    name: str
    cluster: str
    fleet: str | None

    @property
    def title(self) -> str:
        return f"{self.kind}/{self.name}"


def read_function_config(data: Mapping[str, Any]) -> FunctionConfig:
    """Returns the function that is asked for. `InputError` with every field that is unknown, missing or of another
    type."""
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    kind, version = data.get("kind"), data.get("apiVersion")
    title = "/".join(str(part) for part in (kind, name) if part)
    if kind not in KINDS:
        guess = did_you_mean(str(kind), KINDS) or f" (known: {', '.join(KINDS)})"
        raise wrong("MR222", f"{value_text(kind)} is not a function of meshrev{guess}", object=title, field="kind")
    if version != API_VERSION:
        raise wrong("MR222", f"{value_text(version)} is not read: use {API_VERSION}", object=title, field="apiVersion")
    spec = data.get("spec")
    mistakes = [*_unknown(data, _FIELDS, "")]
    if not isinstance(spec, dict):
        mistakes.append(("spec", f"must say which cluster, not {value_text(spec)}"))
    else:
        mistakes += [*_unknown(spec, _SPEC, "spec."), *_texts(spec)]
    if mistakes or not isinstance(spec, dict):
        raise InputError(Finding("MR222", message, object=title, field=field) for field, message in mistakes)
    return FunctionConfig(str(kind), str(name or ""), spec["cluster"], spec.get("fleet"))


def is_function_config(data: Mapping[str, Any]) -> bool:
    """Returns whether an object only tells a host to call meshrev."""
    return data.get("apiVersion") == API_VERSION and data.get("kind") in KINDS


def fleet_folder(config: FunctionConfig, folder: Path) -> Path:
    """Returns the fleet's root, for a function that runs in `folder`.

    It stays in the git repository that the folder is in. Where there is none (a host's copy without `.git`), it is that
    folder, one above or one below it. An `InputError` for any other, and where no fleet is.
    """
    here = folder.resolve()
    above = (here, *here.parents)
    repository = next((parent for parent in above if (parent / ".git").exists()), None)
    if config.fleet is None:
        if root := find_root(here):
            return root
        where = "up to the root of the git repository" if repository else "upwards"
        raise _of_fleet(config, f"no {FILE} is in {here.name}, nor {where}: write the path to the fleet's folder")
    return _as_written(config, config.fleet, here, repository)


def _as_written(config: FunctionConfig, text: str, here: Path, repository: Path | None) -> Path:
    if text.startswith(("/", "~")) or not text.isprintable() or "\\" in text:
        raise _of_fleet(config, f"{short(text)}: a path from the kustomization's folder is expected, such as ../..")
    try:
        root = (here / text).resolve()
    except (OSError, RuntimeError):  # a loop of symbolic links
        raise _of_fleet(config, f"{text} leads nowhere: a symbolic link there leads to itself") from None
    if repository and not root.is_relative_to(repository):
        message = f"{text} leads out of the git repository, from {_in(here, repository)} where this runs"
        raise _of_fleet(config, message)
    if not repository and not (here.is_relative_to(root) or root.is_relative_to(here)):
        message = f"{text} is neither above nor below {here.name}, where this runs, and no git repository holds both"
        raise _of_fleet(config, message)
    if not (root / FILE).is_file():
        message = f"{text} holds no {FILE}, from {_in(here, repository or here.parent)} where this runs"
        raise _of_fleet(config, message)
    return root


def _in(folder: Path, repository: Path) -> str:
    return folder.relative_to(repository).as_posix()


def _of_fleet(config: FunctionConfig, message: str) -> InputError:
    return wrong("MR223", message, object=config.title, field="spec.fleet")


def _unknown(data: Mapping[Any, Any], known: Iterable[str], before: str) -> Iterator[tuple[str, str]]:
    known = tuple(known)
    for field in data:
        if field not in known:
            guess = did_you_mean(str(field), known) or f" (known: {', '.join(known)})"
            yield f"{before}{short(str(field))}", f"is not a field of this function{guess}"


def _texts(spec: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for field in _SPEC:
        value = spec.get(field)
        if field not in spec:
            if field == "cluster":
                yield "spec.cluster", "is missing"
        elif not isinstance(value, str) or not value:
            yield f"spec.{field}", f"expected text, found {value_text(value) if value != '' else 'an empty text'}"
