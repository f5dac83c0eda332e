"""What others keep of an object in its cluster although the tree does not say it, as far as it was observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from render.plan.label_removal import keepers
from render.plan.observed.field_owners import field_texts, object_title
from render.plan.observed.observation import Observation, Owner
from render.specs.kinds import Delivery


class KeptField(NamedTuple):
    """A field of an object of the tree that delivering leaves in the cluster, and who keeps it there."""

    title: str
    field: str
    owners: tuple[Owner, ...]

    @property
    def keepers_text(self) -> str:
        return ", ".join(f"{owner.manager} ({owner.operation})" for owner in self.owners)


def kept_fields(obj: Mapping[str, Any], observation: Observation | None, delivery: Delivery) -> Iterator[KeptField]:
    """Yields what an object has, as observed, and its tree does not say; nothing where nobody looked at the objects.

    Applying removes a field only where nobody else owns it (Kubernetes, server-side apply, field management).
    """
    observed = (observation.objects if observation else None) or {}
    metadata = obj["metadata"]
    title = object_title(obj["kind"], metadata.get("namespace"), metadata["name"])
    says = {*field_texts(obj)} if title in observed else set()
    for field, owners in observed.get(title, {}).items():
        others = keepers(delivery, owners)
        if field not in says and others:
            yield KeptField(title, field, others)
