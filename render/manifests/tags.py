"""The webhooks of tags: who injects for a name, whichever revision it points at.

No two objects can change at once in a cluster. So who injects for a name changes by another revision in one and the
same webhook configuration, and that keeps its name; where the name is that of a revision, that has none of its own.
"""

from __future__ import annotations

import json

from render.areas import TAGS
from render.manifests.bundle import Bundle
from render.manifests.components import (
    COMPACT,
    component_objects,
    object_texts,
    spec_named,
)
from render.manifests.delivery import delivered_manifests
from render.manifests.values import rendered_values
from render.plan.cluster import ClusterPlan, PlannedTag
from render.plan.managed_revisions import tag_record
from render.specs.kinds import ClusterSpecs
from render.yamlio.location import merge_maps

INJECTOR = "MutatingWebhookConfiguration"


def tag_bundle(plan: ClusterPlan, tag: PlannedTag) -> Bundle:
    """Returns a tag's objects by the values, release and source of the revision that it resolves to; on a managed one
    its webhook configuration alone."""
    specs, managed = plan.specs, plan.managed_revision(tag.revision)
    record = tag_record(managed.spec) if managed else plan.revision(tag.revision).record
    folder = f"{TAGS}/{tag.name}"
    values = merge_maps(rendered_values(record, specs), {"revisionTags": [tag.name]})
    with spec_named(tag.tag.resource):
        objects = component_objects("revisiontags", record, f"{tag.name}-revisiontags", values, specs)
    texts = [_with_name(text, tag.injector) for text in object_texts(objects)]
    if managed:  # its Service would lead nowhere: the istiod is not here
        texts = [text for text in texts if json.loads(text)["kind"] == INJECTOR]
    manifests = delivered_manifests(folder, specs.settings.delivery, texts)
    return Bundle(folder, record.namespace, f"IstioRevisionTag/{tag.name}", manifests)


def _with_name(text: str, injector: str | None) -> str:
    """Returns an object of a tag; its webhook configuration under the name that the tag says it has."""
    obj = json.loads(text) if injector else {}
    if obj.get("kind") != INJECTOR:
        return text
    obj["metadata"]["name"] = injector
    return json.dumps(obj, separators=COMPACT, ensure_ascii=False)


def without_injector(texts: list[str], revision: str, specs: ClusterSpecs) -> list[str]:
    """Returns the objects of a revision; its webhook configuration not where a tag of its name injects for it."""
    if any(tag.name == revision and tag.injector for tag in specs.tags):
        return [text for text in texts if json.loads(text)["kind"] != INJECTOR]
    return texts


def default_of(plan: ClusterPlan, namespace: str) -> str:
    """Returns the revision that the default validator of a control plane's namespace points at, empty where none of
    its revisions serves `default`."""
    return plan.default.name if plan.default and plan.default.record.namespace == namespace else ""
