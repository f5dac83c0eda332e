"""A chart of this project's own that prints given objects: what `helm template` of them costs at the least."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SETTINGS = 400  # about as many values as Istio's istiod chart has
BYTES = 180_000  # as large as that chart, which has 46 files
SPARE = 6000  # bytes of a template that a setting switches off


def write_chart(folder: Path, objects: Iterable[str], revision: str) -> None:
    """A chart whose templates are the objects' YAML, with the revision in them taken from the values.

    Istio's charts compute what this one only copies: Helm is not made slower than it is.
    """
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: bench\nversion: 1.0.0\n")
    for number, text in enumerate(objects):
        text = text.replace("{{", "{{ `{{` }}").replace(revision, "{{ .Values.revision }}")
        (folder / "templates" / f"{number}.yaml").write_text(text)
    _fill(folder)
    settings = "".join(f"setting{number}: {{a: 1, b: [x, y]}}\n" for number in range(SETTINGS))
    (folder / "values.yaml").write_text(f"revision: bench\n{settings}")


def _fill(folder: Path) -> None:
    """Templates that print nothing by default, until the chart is as large as Istio's: read and parsed all the same."""
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    line = "{{ .Values.setting1.a | quote }}: {{ .Values.setting2.b | toJson }}\n"
    for number in range(max(0, BYTES - size) // SPARE):
        text = "{{- if .Values.setting0.off }}\n" + line * (SPARE // len(line)) + "{{- end }}\n"
        (folder / "templates" / f"spare{number}.yaml").write_text(text)
