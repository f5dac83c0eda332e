"""The container images' definitions. Nothing here builds an image: what a build does is checked step by step."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from render.version import VERSION
from tests.support.cases import ROOT

DOCKERFILES = {"program": ROOT / "Dockerfile", "sidecar": ROOT / "plugins/argocd/Dockerfile"}
HADOLINT = shutil.which("hadolint") or str(ROOT / ".venv/bin/hadolint")


def instructions(name: str) -> list[str]:
    """The instructions of a Dockerfile, one line each, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILES[name].read_text(), flags=re.MULTILINE)
    return re.sub(r"\\\n\s*", "", text).strip().split("\n")


def stages(name: str) -> list[list[str]]:
    found: list[list[str]] = []
    for line in instructions(name):
        if line.startswith("FROM "):
            found.append([])
        if line.strip():
            found[-1].append(line)
    return found


@pytest.mark.parametrize("name", DOCKERFILES)
def test_hadolint_finds_nothing(name: str) -> None:
    done = subprocess.run([HADOLINT, "--no-color", str(DOCKERFILES[name])], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_base_is_pinned_by_digest(name: str) -> None:
    bases = [line.split()[1] for line in instructions(name) if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)


def test_both_images_hold_the_same_program_built_the_same_way() -> None:
    (build, program), (same, sidecar) = stages("program"), stages("sidecar")
    assert build == same
    assert program[:3] == sidecar[:3]


@pytest.mark.parametrize(("name", "user"), [("program", "65532:65532"), ("sidecar", "999:999")])
def test_nothing_runs_as_root(name: str, user: str) -> None:
    _, final = stages(name)
    assert [line for line in final if line.startswith("USER ")] == [f"USER {user}"]


def test_the_build_installs_what_the_lock_files_say() -> None:
    pinned = (ROOT / "requirements/build.txt").read_text().partition("setuptools==")
    assert "".join(pinned[1:]) in (ROOT / "requirements/dev.txt").read_text(), "take setuptools' entry from dev.txt"
    install = "--require-hashes -r requirements/run.txt -r requirements/build.txt"
    assert any(install in line for line in stages("program")[0])


def test_the_images_are_called_by_the_programs_version() -> None:
    assert f"-t meshrev:{VERSION} " in DOCKERFILES["program"].read_text()
    assert f"-t meshrev-argocd:{VERSION} " in DOCKERFILES["sidecar"].read_text()


def test_the_build_gets_its_files_and_nothing_else_and_packs_all_of_them(tmp_path: Path) -> None:
    copied = {source for line in stages("program")[0] if line.startswith("COPY ") for source in line.split()[1:-1]}
    ignore = (ROOT / ".dockerignore").read_text().split("\n")
    assert {line[1:] for line in ignore if line.startswith("!")} == copied
    context = tmp_path / "context"
    for source in sorted(copied):
        target = context / source
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, target)
    wanted = {path.relative_to(context).as_posix() for path in (context / "render").rglob("*") if path.is_file()}
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    done = subprocess.run([sys.executable, "-c", build], cwd=context, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(context.glob("*.whl"))) as wheel:
        assert {name for name in wheel.namelist() if name.startswith("render/")} == wanted
