"""How large the ConfigMap of the injector is, by release, beside the limit of Kubernetes: 1 MiB of data.

    python benchmarks/injection.py

The last patch of each minor, with default values. What the limit leaves is for templates of one's own.
Source of the limit: `MaxSecretSize` in Kubernetes' `ValidateConfigMap`, which adds up the values.
"""

from __future__ import annotations

import json

from render.manifests.builtin import render_json
from render.manifests.builtin.injection import injection_templates
from render.specs.releases import minors

LIMIT = 1024 * 1024  # bytes


def main() -> None:
    print(f"{'release':10}{'templates':>10}{'bytes':>10}{'of 1 MiB':>10}   largest template")
    for minor in minors().values():
        release = str(minor.releases[-1]).removeprefix("v")
        templates = injection_templates(release)
        largest = max(templates, key=lambda name: len(templates[name]))
        size = data_size(release)
        of_limit = f"{size / LIMIT:.1%}"
        print(f"{release:10}{len(templates):10}{size:10}{of_limit:>10}   {largest}, {len(templates[largest].encode())}")


def data_size(release: str) -> int:
    """Returns the bytes of the values, which is what Kubernetes counts."""
    objects = map(json.loads, render_json("istiod", release, "istiod", "istio-system", {}))
    (data,) = (one["data"] for one in objects if one["kind"] == "ConfigMap" and "config" in one["data"])
    return sum(len(value.encode()) for value in data.values())


if __name__ == "__main__":
    main()
