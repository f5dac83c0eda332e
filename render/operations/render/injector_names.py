"""The names of webhook configurations: which object injects for a name, before a change and after it.

A host applies one object after the other. Where two objects would take turns for a name, pods that are created between
the two have both injectors or none, whatever their order. So the object stays, and says something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, dirname
from urllib.parse import unquote

from render.areas import REVISIONS, TAGS, area_of
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import FieldPath
from render.operations.render.injection_proof import WebhookFile
from render.plan.cluster import ClusterPlan
from render.plan.inventory import INJECTOR_FILE, Inventory
from render.specs.build import INJECTOR_ANNOTATION
from render.tree.layout import revision_folder

ANNOTATION: FieldPath = ("metadata", "annotations", INJECTOR_ANNOTATION)


@dataclass(frozen=True, slots=True)
class _Injector:
    """A webhook configuration's file: its area, the tag or revision of its folder, and what it is called there."""

    area: str
    name: str
    file: str

    @property
    def object(self) -> str:
        return unquote(self.file.removeprefix(INJECTOR_FILE).removesuffix(".yaml"))


def injectors_by_name(previous: Inventory) -> dict[str, str]:
    """Returns the webhook configuration that injects for each revision and tag in the tree, by name."""
    return {name: one.object for name, one in _by_name(_injectors(_paths(previous))).items()}


def injector_name_problems(plan: ClusterPlan, standing: Iterable[WebhookFile], previous: Inventory) -> list[Problem]:
    """Returns what is wrong with the names of webhook configurations: one that is there twice (MR330), and another one
    than the tree had for a name that somebody follows (MR331)."""
    now = list(_injectors(one.file for one in standing))
    problems = [_name_clash(plan, one) for one in now if [other.file for other in now].count(one.file) > 1]
    before = _by_name(_injectors(_paths(previous)))
    for name, after in _by_name(now).items():
        was = before.get(name)
        if was is None or not _is_followed(plan, name):
            continue
        staged = plan.specs.settings.delivery == "flux" and plan.specs.settings.stages == "few"
        if was.file != after.file:
            problems.append(_other_object(plan, name, was, after))
        elif staged and (was.area, after.area) == (TAGS, REVISIONS):
            message = (
                f"leaves it to the revision to inject for {name}, by {was.object}, which is of another stage of Flux: "
                "the stage of tags may take it away before that applies it. Keep the tag, which does no harm"
            )
            problems.append(Problem("MR331", message, _spec(plan, name), ("metadata", "name")))
    return problems


def _paths(previous: Inventory) -> Iterator[str]:
    yield from previous.files
    for record in previous.revisions.values():
        yield from (f"{revision_folder(record.name)}/{file}" for file in record.files)


def _injectors(paths: Iterable[str]) -> Iterator[_Injector]:
    for path in paths:
        folder, file = dirname(path), basename(path)
        if area_of(path) in (TAGS, REVISIONS) and file.startswith(INJECTOR_FILE):
            yield _Injector(area_of(path), unquote(basename(folder)), file)


def _by_name(found: Iterable[_Injector]) -> dict[str, _Injector]:
    """Returns who injects for each name: a tag, or else a revision."""
    return {one.name: one for one in sorted(found, key=lambda one: one.area == TAGS)}


def _is_followed(plan: ClusterPlan, name: str) -> bool:
    tag = plan.tag(name)
    revision = next((one for one in plan.revisions if one.name == name), None)
    usage = tag.usage if tag else revision.usage if revision else None
    return usage is not None and usage.status == "True"


def _other_object(plan: ClusterPlan, name: str, was: _Injector, after: _Injector) -> Problem:
    message = (
        f"who injects for {name} is {was.object} in the tree and would be {after.object}: two objects cannot take "
        "turns at once, and pods that are created between them get both proxies or none"
    )
    if plan.tag(name):
        message += f". The annotation {INJECTOR_ANNOTATION}: {was.object} keeps the object, and changes what it says"
        return Problem("MR331", message, _spec(plan, name), ANNOTATION)
    message += ". Keep the tag, or move who follows it first"
    return Problem("MR331", message, _spec(plan, name), ("metadata", "name"))


def _name_clash(plan: ClusterPlan, one: _Injector) -> Problem:
    message = f"has the webhook configuration {one.object}, and so has another tag or revision of this cluster"
    path = ANNOTATION if one.area == TAGS else ("metadata", "name")
    return Problem("MR330", message, _spec(plan, one.name), path)


def _spec(plan: ClusterPlan, name: str) -> Resource:
    """Returns the spec of a tag, else of a revision, else the Cluster."""
    tag = plan.tag(name)
    revision = next((one.resource for one in plan.revisions if one.name == name), None)
    return (tag.tag.resource if tag else revision) or plan.specs.cluster.resource
