"""Writes `render/specs/annotations.json` and `labels.json`, the annotations and labels that minors of Istio know:
`python -m scripts.annotations`.

They are read from Istio's own lists (`annotation/annotations.yaml` and `label/labels.yaml` of the Go module
istio.io/api), one release a minor, through the go program.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[1] / "render/specs/annotations.json"
LABELS = FILE.with_name("labels.json")
# The last release of the module that its proxy has of each minor. A minor's annotations do not change with its patches.
RELEASES = {
    "1.23": "v1.23.0",
    "1.24": "v1.24.3",
    "1.25": "v1.25.0",
    "1.26": "v1.26.0",
    "1.27": "v1.27.3",
    "1.28": "v1.28.3",
    "1.29": "v1.29.2",
    "1.30": "v1.30.3",
    "1.31": "v1.31.4",
}

# What the injector reads or sets (`applyPrometheusMerge` and beside it in its `pkg/kube/inject`) and no list has.
UNLISTED: dict[str, list[dict[str, Any]]] = {
    "1.31": [
        {"name": "prometheus.istio.io/scrape-targets", "resources": ["Pod"]},
        {"name": "prometheus.istio.io/secure-port", "resources": ["Pod"]},
    ],
}
# Labels that no list has: the injector's own (istio.io, Sidecar injection), those of localities (Locality Load
# Balancing), of gateways that istiod deploys before the list names them, and the one that Istio's pages choose for
# services of several clusters.
UNLISTED_LABELS: list[dict[str, Any]] = [
    {"name": "istio-injection", "resources": ["Namespace"]},
    {"name": "istio-locality", "resources": ["Pod"]},
    {"name": "istio.io/rev", "resources": ["Namespace", "Pod", "Gateway"]},
    {"name": "istio.io/dataplane-mode", "resources": ["Namespace", "Pod"]},
    {"name": "istio.io/global", "resources": ["Namespace", "Service", "ServiceEntry"]},
    {"name": "istio.io/tag", "resources": ["MutatingWebhookConfiguration"]},
    {"name": "gateway.istio.io/managed", "resources": ["ServiceAccount", "Deployment", "Service"]},
]


def table(lists: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Returns each annotation with the kinds that read it, the minors that know it first and last, and the first that
    calls it deprecated. What the newest minor knows has no last one. `lists` are Istio's, by minor, oldest first."""
    found: dict[str, dict[str, Any]] = {}
    newest = list(lists)[-1]
    for minor, entries in lists.items():
        for entry in entries:
            one = found.setdefault(entry["name"], {"kinds": [], "since": minor})
            one["kinds"] = sorted({*one["kinds"], *entry["resources"]})
            one["until"] = minor
            if entry.get("deprecated"):
                one.setdefault("deprecated", minor)
    for one in found.values():
        if one["until"] == newest:
            del one["until"]
    return dict(sorted(found.items()))


def fetch(release: str, kind: str) -> list[dict[str, Any]]:
    """Download Istio's list of one release of the module; `kind` is `annotation` or `label`."""
    command = ["go", "mod", "download", "-json", f"istio.io/api@{release}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    file = Path(json.loads(done.stdout)["Dir"]) / kind / f"{kind}s.yaml"
    entries: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))[f"{kind}s"]
    return entries


def text(found: dict[str, dict[str, Any]]) -> str:
    """Returns the file's text, an annotation a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    annotations = {
        minor: [*fetch(release, "annotation"), *UNLISTED.get(minor, [])] for minor, release in RELEASES.items()
    }
    FILE.write_text(text(table(annotations)), encoding="utf-8")
    labels = {minor: [*fetch(release, "label"), *UNLISTED_LABELS] for minor, release in RELEASES.items()}
    LABELS.write_text(text(table(labels)), encoding="utf-8")
