"""The real Helm, from `.tools`, on a chart that prints the values that it was given."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import ROOT

HELM = ROOT / ".tools" / "node_modules" / ".bin" / "helm"
needs_helm = pytest.mark.skipif(not HELM.exists(), reason="helm is not in .tools (make tools)")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's folder, made of templates by name."""

    folder: Path

    def template(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """`helm template` of it; never raises."""
        command = [str(HELM), "template", "x", str(self.folder), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True)

    def values(self, *arguments: str, stdin: str = "") -> Any:
        """What the echo chart got for values; fails the test where Helm refuses them."""
        done = self.template(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.split("values: ", 1)[1])


def make_chart(folder: Path, **templates: str) -> Chart:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: own\nversion: 1.0.0\n")
    for name, text in templates.items():
        (folder / "templates" / f"{name}.yaml").write_text(text)
    return Chart(folder)


def echo_chart(folder: Path) -> Chart:
    return make_chart(folder, values="values: {{ toJson .Values }}\n")
