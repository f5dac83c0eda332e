"""From the webhook that fires to the version of the proxy: tag, revision, version, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.locate import FilePosition, where
from render.operations.explain.webhooks import WebhookSet
from render.operations.render.fleet import OpenFleet
from render.plan.cluster import ClusterPlan, PlannedRevision, PlannedTag
from render.plan.injection.admission import refusal
from render.plan.injection.webhook_entries import Webhook
from render.plan.inventory import RevisionRecord
from render.plan.usage import Pod
from render.specs.istio_operator.release import version_path
from render.tree.layout import INVENTORY, revision_folder


@dataclass(frozen=True, slots=True)
class TagStep:
    """A tag, what its spec points at (`Istio/default`), the revision that this means, and the line that says it."""

    name: str
    target: str
    revision: str
    place: FilePosition


@dataclass(frozen=True, slots=True)
class RevisionStep:
    """A revision. Of one that the fleet does not have `record` is None."""

    name: str
    record: RevisionRecord | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class VersionStep:
    """A version, and what the spec says where that is an alias; the line is the spec's, or for a frozen revision that
    of the record in the tree."""

    name: str
    requested: str
    place: FilePosition


@dataclass(frozen=True, slots=True)
class Chain:
    """From the webhook that fires to the version of the proxy."""

    tag: TagStep | None = None
    revision: RevisionStep | None = None
    version: VersionStep | None = None
    planned: PlannedRevision | None = None
    notes: tuple[str, ...] = ()

    def refusal(self, pod: Pod) -> str | None:
        """Returns why istiod leaves the pod as it is although its webhook fired. Of a revision that the specs do not
        have only the rules are known that hold for all."""
        record = self.planned.record if self.planned else None
        version, values = (record.version, record.values) if record else (None, {})
        return refusal(pod, version, values)


def chain_of(opened: OpenFleet, plan: ClusterPlan, asked: WebhookSet, webhook: Webhook) -> Chain:
    """Returns what the webhook leads to, and what is odd about it."""
    tag = next((one for one in plan.tags if one.name == webhook.serves), None)
    specified = tag.revision if tag else webhook.serves
    notes = _not_rendered(opened, asked, webhook.configuration)
    name = asked.live[webhook.configuration] if asked.live else specified
    if webhook.serves not in plan.names and name != webhook.serves:
        notes.append(f"the cluster has a tag {webhook.serves}, and the specs do not")
    elif name != specified:
        notes.append(
            f"the cluster's webhook for {webhook.serves} leads to revision {name}, and the specs say {specified}: "
            f"was the last change delivered?"
        )
    planned = next((one for one in plan.revisions if one.name == name), None)
    if planned is None and plan.managed_revision(name):
        return Chain(_tag(opened, tag), RevisionStep(name), notes=(*notes, managed_words(name)))
    if planned is None:
        notes.append(f"revision {name} is not one of this fleet: its version is not known here")
        return Chain(_tag(opened, tag), RevisionStep(name), notes=tuple(notes))
    revision = RevisionStep(name, planned.record, planned.frozen)
    version = _version(opened, plan, planned)
    return Chain(_tag(opened, tag), revision, version, planned=planned, notes=tuple(notes))


def chain_of_name(opened: OpenFleet, plan: ClusterPlan, name: str) -> Chain:
    """Returns what the specs say that the name of a revision or tag leads to; nothing where they have none."""
    tag = next((one for one in plan.tags if one.name == name), None)
    wanted = tag.revision if tag else name
    planned = next((one for one in plan.revisions if one.name == wanted), None)
    if planned is None and plan.managed_revision(wanted):
        return Chain(_tag(opened, tag), RevisionStep(wanted), notes=(managed_words(wanted),))
    if planned is None:
        return Chain()
    revision = RevisionStep(wanted, planned.record, planned.frozen)
    return Chain(_tag(opened, tag), revision, _version(opened, plan, planned), planned=planned)


def managed_words(name: str) -> str:
    """Returns what is not known of a managed revision."""
    return f"{name} is a managed revision: its webhook and its version are its provider's, and not known here"


def _tag(opened: OpenFleet, planned: PlannedTag | None) -> TagStep | None:
    if planned is None:
        return None
    target = planned.tag.target
    place = where(planned.tag.resource, ("spec", "targetRef", "name"), opened.reader)
    return TagStep(planned.name, f"{target.kind}/{target.name}", planned.revision, place)


def _version(opened: OpenFleet, plan: ClusterPlan, planned: PlannedRevision) -> VersionStep:
    record = planned.record
    if planned.resource:
        place = where(planned.resource, version_path(planned.resource.data), opened.reader)
    else:
        folder = f"{opened.fleet.output}/{plan.specs.cluster.name}/{revision_folder(record.name)}"
        place = FilePosition(f"{folder}/{INVENTORY}", 1, 1)  # the record heads the inventory
    return VersionStep(record.version, record.requested, place)


def _not_rendered(opened: OpenFleet, asked: WebhookSet, configuration: str) -> list[str]:
    """Returns whether the tree has the webhook as the specs say it; what delivery adds is not looked at."""
    import yaml

    wanted = asked.specified.get(configuration)
    if wanted is None:
        return []
    file = asked.files[configuration]
    try:
        there = yaml.load((opened.root / file).read_bytes(), Loader=yaml.CSafeLoader)
        same = _bare(there) == _bare(wanted)
    except (OSError, yaml.YAMLError, TypeError, KeyError):
        same = False
    return [] if same else [f"{file} is not yet as the specs say: run `meshrev render`"]


def _bare(configuration: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in configuration["metadata"].items() if key != "annotations"}
    return {**configuration, "metadata": metadata}
