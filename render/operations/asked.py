"""The webhooks that an explanation asks: those that the specs say, or those of a live cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from render.operations.fleet import OpenFleet
from render.operations.live_webhooks import live_webhooks
from render.operations.proof import injects_by_default, standing_webhooks
from render.plan.cluster import ClusterPlan
from render.plan.injection import Webhook, webhooks

# In a webhook file nothing says that a tag or revision injects by default, but the webhook that does it is called so.
BY_DEFAULT = "auto."


@dataclass(frozen=True, slots=True)
class Asked:
    """The webhooks that are asked, and the names that they should serve. Of each configuration the file that it is in;
    then what the specs say it is, or in a live cluster the revision that it leads to."""

    webhooks: list[Webhook]
    names: frozenset[str]
    by_default: bool
    files: Mapping[str, str]
    specified: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    live: Mapping[str, str] | None = None

    @property
    def served(self) -> frozenset[str]:
        return frozenset(webhook.serves for webhook in self.webhooks)


def rendered_webhooks(opened: OpenFleet, plan: ClusterPlan) -> Asked:
    """The webhooks as the next render leaves them in the tree: those that the proof looks at."""
    from render.manifests.cluster import bundles

    name = plan.specs.cluster.name
    made = bundles(plan, plan.specs.cluster.delivery or opened.fleet.delivery)
    standing = standing_webhooks(plan, made, opened.output / name)
    configurations = [json.loads(one.text) for one in standing]
    files = {
        configuration["metadata"]["name"]: f"{opened.fleet.output}/{name}/{one.file}"
        for configuration, one in zip(configurations, standing, strict=True)
    }
    specified = {configuration["metadata"]["name"]: configuration for configuration in configurations}
    return Asked(webhooks(configurations), plan.names, injects_by_default(plan), files, specified)


def webhooks_of_cluster(plan: ClusterPlan, file: str, text: bytes) -> Asked:
    """The webhooks of a live cluster. Whatever they serve is theirs to serve, whether the specs know it or not."""
    found, revisions = live_webhooks(text, file)
    by_default = any(webhook.name.startswith(BY_DEFAULT) for webhook in found)
    names = plan.names | {webhook.serves for webhook in found}
    return Asked(found, names, by_default, dict.fromkeys(revisions, file), live=revisions)
