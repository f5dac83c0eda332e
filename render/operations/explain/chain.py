"""From the webhook that fires to the version of the proxy: tag, revision, version, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.locate import where
from render.kustomize.resource import Resource
from render.messages import FieldPath
from render.operations.explain.webhooks import WebhookSet
from render.operations.render.fleet import OpenFleet
from render.plan.cluster import ClusterPlan, PlannedRevision, PlannedTag
from render.plan.injection.admission import refusal
from render.plan.injection.webhook_entries import Webhook
from render.plan.revision_facts import spec_title
from render.plan.usage import Pod
from render.tree.layout import INVENTORY, revision_folder


@dataclass(frozen=True, slots=True)
class Chain:
    """From the webhook that fires to the version of the proxy."""

    tag: dict[str, Any] | None = None
    revision: dict[str, Any] | None = None
    version: dict[str, Any] | None = None
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
    if planned is None:
        notes.append(f"revision {name} is not one of this fleet: its version is not known here")
        return Chain(_tag(opened, tag), {"name": name}, notes=tuple(notes))
    return Chain(
        _tag(opened, tag), _revision(planned), _version(opened, plan, planned), planned=planned, notes=tuple(notes)
    )


def place(opened: OpenFleet, resource: Resource, path: FieldPath) -> dict[str, Any]:
    """Returns where a person wrote a field: `file`, `line`, `column`."""
    file, line, column = where(resource, path, opened.reader)
    return {"file": file, "line": line, "column": column}


def _tag(opened: OpenFleet, planned: PlannedTag | None) -> dict[str, Any] | None:
    if planned is None:
        return None
    target = planned.tag.target
    at = place(opened, planned.tag.resource, ("spec", "targetRef", "name"))
    return {"name": planned.name, "target": f"{target.kind}/{target.name}", "revision": planned.revision} | at


def _revision(planned: PlannedRevision) -> dict[str, Any]:
    record = planned.record
    return {"name": record.name, "madeBy": spec_title(record), "namespace": record.namespace, "frozen": planned.frozen}


def _version(opened: OpenFleet, plan: ClusterPlan, planned: PlannedRevision) -> dict[str, Any]:
    """Returns the version and the line that says it: of the spec, or of the record that a frozen revision left in the
    tree."""
    record = planned.record
    if planned.resource:
        at = place(opened, planned.resource, ("spec", "version"))
    else:
        folder = f"{opened.fleet.output}/{plan.specs.cluster.name}/{revision_folder(record.name)}"
        at = {"file": f"{folder}/{INVENTORY}", "line": 1, "column": 1}  # the record heads the inventory
    return {"name": record.version, "requested": record.requested} | at


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
