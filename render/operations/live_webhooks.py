"""The injection webhooks of a live cluster, from what kubectl prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from render.errors import wrong
from render.operations.proof import KIND
from render.plan.injection import Webhook, webhooks
from render.plan.usage import REVISION_LABEL
from render.specs.yaml_documents import parse

WAY = "kubectl get mutatingwebhookconfigurations -o yaml"


def live_webhooks(text: bytes, file: str) -> tuple[list[Webhook], dict[str, str]]:
    """Istio's webhooks in the output of `WAY` (or `-o json`), and of each configuration the revision that it is of.

    `file` is for messages. Raises `InputError` for what is not such output, or has none of Istio's webhooks.
    """
    configurations = [data for document in parse(text, file) for data in _flat(document.data, file)]
    try:
        found = webhooks(configurations)
        revisions = {
            one["metadata"]["name"]: (one["metadata"].get("labels") or {}).get(REVISION_LABEL) or "default"
            for one in configurations
        }
    except (KeyError, TypeError, AttributeError, ValueError):
        message = f"holds a {KIND} that is not as an API server gives it (expected: what `{WAY}` prints)"
        raise wrong("MR016", message, file=file) from None
    if not found:
        raise wrong("MR016", f"holds no injection webhook of Istio (expected: what `{WAY}` prints)", file=file)
    return found, revisions


def _flat(data: Any, file: str) -> Iterator[Mapping[str, Any]]:
    """The configurations of a document: one of them, or a list as kubectl prints."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == KIND:
        yield data
    elif kind in ("List", f"{KIND}List") and isinstance(data.get("items"), list):
        for item in data["items"]:
            yield from _flat({"kind": KIND, **item} if isinstance(item, dict) else item, file)
    else:
        found = kind if isinstance(kind, str) else "something else"
        raise wrong("MR016", f"holds {found} where {KIND} is expected: what `{WAY}` prints", file=file)
