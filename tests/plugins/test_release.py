"""A release: its steps are scripts, run here as a workflow would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from render.version import VERSION
from tests.cases import ROOT

SCRIPTS = ROOT / "scripts/release"
BUILDER = ROOT / ".tools/dist/bin/python"
WHEEL, SDIST, SBOM = f"meshrev-{VERSION}-py3-none-any.whl", f"meshrev-{VERSION}.tar.gz", "meshrev.cdx.json"


def sh(script: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(script), *map(str, arguments)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "tag.gpgSign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def clone(folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, capture_output=True)
    return folder


def build(repo: Path, out: Path, **environment: str) -> dict[str, bytes]:
    done = sh(repo / "scripts/release/dist.sh", BUILDER, out, **environment)
    assert done.returncode == 0, done.stderr
    return {file.name: file.read_bytes() for file in out.iterdir()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    build(clone(folder / "repo"), folder / "dist")
    return folder / "dist"


def test_a_commit_gives_the_same_bytes_wherever_and_by_whomever_it_is_built(dist: Path, tmp_path: Path) -> None:
    other = clone(tmp_path / "elsewhere" / "with another name")
    (other / "render/notes.yaml").write_text("left: behind\n")
    (other / "render/version.py").chmod(0o600)
    (other / "README.md").write_text("not committed\n")
    before = os.umask(0o077)
    try:
        built = build(other, tmp_path / "dist", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7", USER="somebody")
    finally:
        os.umask(before)
    assert built == {file.name: file.read_bytes() for file in dist.iterdir()}


def test_the_sums_are_of_all_that_is_built(dist: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(command, cwd=dist, capture_output=True, text=True, check=True)
    summed = {line.removesuffix(": OK") for line in done.stdout.splitlines()}
    assert summed == {WHEEL, SDIST, SBOM}
    assert {file.name for file in dist.iterdir()} == summed | {"SHA256SUMS"}


def test_the_wheel_holds_the_package_of_the_commit(dist: Path) -> None:
    committed = set(git(ROOT, "ls-tree", "-r", "--name-only", "HEAD", "render").splitlines())
    with zipfile.ZipFile(dist / WHEEL) as wheel:
        assert {name for name in wheel.namelist() if name.startswith("render/")} == committed
        metadata = Parser().parsestr(wheel.read(f"meshrev-{VERSION}.dist-info/METADATA").decode())
    assert (metadata["Name"], metadata["Version"]) == ("meshrev", VERSION)


def test_the_sdist_is_of_nobody_and_of_the_time_of_the_commit(dist: Path) -> None:
    made = int(git(ROOT, "log", "-1", "--format=%ct", "HEAD"))
    with tarfile.open(dist / SDIST) as archive:
        members = archive.getmembers()
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {(0, 0, "", "")}
    assert {member.mtime for member in members} == {made}
    assert {member.mode for member in members if member.isfile()} == {0o644}
    assert not any("/tests/" in member.name for member in members)


def test_the_sbom_lists_the_libraries_that_are_locked_with_their_hashes(dist: Path) -> None:
    text = (ROOT / "requirements/run.txt").read_text()
    locked = {
        (name, version): set(re.findall(r"--hash=sha256:(\w+)", hashes))
        for name, version, hashes in re.findall(r"^([\w.-]+)==(\S+) \\\n((?: +--hash.*\n)+)", text, re.MULTILINE)
    }
    bom = json.loads((dist / SBOM).read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert (bom["metadata"]["component"]["name"], bom["metadata"]["component"]["version"]) == ("meshrev", VERSION)
    listed = {
        (one["name"], one["version"]): {
            found["content"] for reference in one["externalReferences"] for found in reference["hashes"]
        }
        for one in bom["components"]
    }
    assert listed == locked
    assert len(locked) > 10


def test_nothing_that_lay_there_is_released_too(tmp_path: Path) -> None:
    (tmp_path / "older.whl").write_text("")
    done = sh(SCRIPTS / "dist.sh", BUILDER, tmp_path)
    assert (done.returncode, done.stderr) == (2, f"{tmp_path} is not empty: what lies there would be released too\n")
