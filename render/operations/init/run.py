"""`meshrev init`: the files of a new fleet, written where none are, and rendered."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import few
from render.operations.init.files import NewFleet, new_files
from render.operations.lint.run import LintResult, lint
from render.operations.render.fleet_root import find_root
from render.operations.render.result import FleetResult
from render.operations.render.run import render
from render.specs.fleet import FILE
from render.specs.schema import problems

OUTPUT = "rendered"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class InitResult:
    """The paths of the files that were written, from the fleet's root, and what rendering and lint said of them."""

    files: tuple[str, ...]
    rendered: FleetResult
    linted: LintResult


def init(root: Path, fleet: NewFleet) -> InitResult:
    """Writes the files of a new fleet into a folder, renders it, and runs lint over it.

    Nothing that is there is changed. `InputError` names files that are in the way (MR301), a fleet around the folder,
    and answers that cannot be. Where something fails, what was written is taken away again.
    """
    _check(fleet)
    other = find_root(root)
    if other is not None:
        message = "is a fleet already: `meshrev status` shows it; a new one needs a folder outside of it"
        raise wrong("MR301", message, file=FILE)
    files = new_files(fleet)
    in_the_way = [path for path in (*files, OUTPUT) if os.path.lexists(root / path)]
    if in_the_way:
        message = f"is there already, and init changes nothing that is there (of its files: {few(in_the_way, _SHOWN)})"
        raise wrong("MR301", message, file=in_the_way[0])
    written: list[Path] = []
    try:
        for path, text in files.items():
            _write(root, path, text, written)
        rendered = render(root)
        linted = lint(root)
    except BaseException:
        _take_away(written)
        raise
    return InitResult(tuple(sorted(files)), rendered, linted)


def _check(fleet: NewFleet) -> None:
    """Raises `InputError` for names that a Fleet or a Cluster cannot have, before there is a file to point at."""
    findings = []
    for kind, name, option in (
        ("Fleet", fleet.name, "--name"),
        *(("Cluster", one, "--cluster") for one in fleet.clusters),
    ):
        spec = {"overlays": "overlays/*"} if kind == "Fleet" else {}
        data = {"apiVersion": "meshrev.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        findings += [Finding(one.code, one.message, file=f"{option} {name}") for one in problems(kind, data)]
    twice = [name for name, times in Counter(fleet.clusters).items() if times > 1]
    findings += [Finding("MR055", "is there twice", file=f"--cluster {name}") for name in twice]
    if fleet.delivery == "argocd" and not fleet.repo_url:
        message = "is needed with --delivery argocd: the address from which Argo CD reads this repository"
        findings.append(Finding("MR042", message, file="--repo-url"))
    if findings:
        raise InputError(findings)


def _write(root: Path, path: str, text: str, written: list[Path]) -> None:
    """Writes one file that is not there yet, and notes it and the folders that were made for it."""
    file = root / path
    for folder in reversed(file.relative_to(root).parents):
        if not (root / folder).is_dir():
            (root / folder).mkdir()
            written.append(root / folder)
    with file.open("x", encoding="utf-8") as stream:
        written.append(file)
        stream.write(text)


def _take_away(written: list[Path]) -> None:
    for path in reversed(written):
        if path.is_dir():
            with contextlib.suppress(OSError):  # something else is in it by now
                path.rmdir()
        else:
            path.unlink(missing_ok=True)
