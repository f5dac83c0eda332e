"""What is told of a folder that Kustomize would not build."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
K = "resources:\n- a.yaml\n"
PATCH = K + "patches:\n- path: p.yaml\n"
TARGET = PATCH + "  target: {kind: ConfigMap}\n"
OUT = "let Kustomize build it: kustomize build overlays/prod | meshrev render --cluster prod -"


def write(root: Path, files: dict[str, str]) -> None:
    """Files below `overlays/prod`, where their name does not say otherwise with a leading `/`."""
    for name, text in files.items():
        path = root / name[1:] if name[0] == "/" else root / "overlays/prod" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def mistakes(root: Path, files: dict[str, str]) -> list[str]:
    write(root, files)
    with pytest.raises(InputError) as error:
        build(WorkingTree(root), "overlays/prod", BuildCache())
    lines = [finding.text() for finding in error.value.findings]
    assert not any("\n" in line for line in lines)
    return [line.replace("overlays/prod/", "", 1) for line in lines]
