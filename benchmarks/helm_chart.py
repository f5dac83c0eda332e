"""A chart of this project's own that prints given objects: what `helm template` of them costs at the least."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SETTINGS = 400  # about as many values as Istio's istiod chart has


def write_chart(folder: Path, objects: Iterable[str], revision: str) -> None:
    """A chart whose templates are the objects' YAML, with the revision in them taken from the values.

    Istio's charts compute what this one only copies: Helm is not made slower than it is.
    """
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: bench\nversion: 1.0.0\n")
    for number, text in enumerate(objects):
        text = text.replace("{{", "{{ `{{` }}").replace(revision, "{{ .Values.revision }}")
        (folder / "templates" / f"{number}.yaml").write_text(text)
    settings = "".join(f"setting{number}: {{a: 1, b: [x, y]}}\n" for number in range(SETTINGS))
    (folder / "values.yaml").write_text(f"revision: bench\n{settings}")
