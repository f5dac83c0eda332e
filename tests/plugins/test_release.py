"""A release: its steps are scripts, run here as the workflow runs them; what the workflow may do, in which order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.version import VERSION
from tests.support.cases import ROOT

SCRIPTS = ROOT / "scripts/release"
BUILDER = ROOT / ".tools/dist/bin/python"
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
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


@pytest.fixture
def tagged(tmp_path: Path) -> Path:
    """A repository with version 1.2.3, tagged on main; `draft` is one commit ahead of it."""
    repo = tmp_path / "repo"
    (repo / "render").mkdir(parents=True)
    (repo / "render/version.py").write_text('"""The version."""\n\nVERSION = "1.2.3"\n')
    (repo / "scripts/release").mkdir(parents=True)
    shutil.copy(SCRIPTS / "tag.sh", repo / "scripts/release")
    git(repo, "init", "--quiet", "--initial-branch=main")
    git(repo, "add", ".")
    git(repo, "commit", "--quiet", "--message=one")
    git(repo, "tag", "--annotate", "--message=one", "v1.2.3")
    git(repo, "switch", "--quiet", "--create", "draft")
    git(repo, "commit", "--quiet", "--allow-empty", "--message=two")
    git(repo, "switch", "--quiet", "main")
    return repo


def test_a_tag_that_is_the_version_on_main_is_released(tagged: Path) -> None:
    done = sh(tagged / "scripts/release/tag.sh", "v1.2.3", "main")
    assert (done.returncode, done.stdout) == (0, f"v1.2.3 is commit {git(tagged, 'rev-parse', 'HEAD')}\n")


@pytest.mark.parametrize(
    ("tag", "prepare", "reason"),
    [
        ("v1.2.4", (), "render/version.py says 1.2.3"),
        ("1.2.3", (), "render/version.py says 1.2.3"),
        ("v1.2.3", ("tag", "--delete", "v1.2.3"), "there is no such tag"),
        ("v1.2.3", ("switch", "--quiet", "draft"), "another commit is checked out"),
    ],
)
def test_another_tag_is_refused(tagged: Path, tag: str, prepare: tuple[str, ...], reason: str) -> None:
    if prepare:
        git(tagged, *prepare)
    done = sh(tagged / "scripts/release/tag.sh", tag, "main")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{tag} is no release: {reason}\n")


def test_a_tag_beside_main_is_refused(tagged: Path) -> None:
    git(tagged, "switch", "--quiet", "draft")
    git(tagged, "tag", "--force", "v1.2.3")
    done = sh(tagged / "scripts/release/tag.sh", "v1.2.3", "main")
    assert (done.returncode, done.stderr) == (2, "v1.2.3 is no release: its commit is not on main\n")


@pytest.fixture
def publisher(tmp_path: Path) -> Path:
    """Notes what Python is asked to run, a line each, and signs as the real one would name its files."""
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n'
        '[ "$3" != pypi_attestations ] || { shift 4; for file; do : > "$file.publish.attestation"; done; }\n'
    )
    stand_in.chmod(0o755)
    return stand_in


def test_what_is_published_is_signed_and_goes_with_its_signatures(dist: Path, tmp_path: Path, publisher: Path) -> None:
    folder = shutil.copytree(dist, tmp_path / "dist")
    done = sh(SCRIPTS / "pypi.sh", publisher, folder)
    assert done.returncode == 0, done.stderr
    files = f"{folder}/{WHEEL} {folder}/{SDIST}"
    signatures = f"{folder}/{WHEEL}.publish.attestation {folder}/{SDIST}.publish.attestation"
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"-I -m twine check --strict {files}",
        f"-I -m pypi_attestations sign {files}",
        f"-I -m twine upload --non-interactive --skip-existing --attestations {files} {signatures}",
    ]


def test_what_is_not_what_was_built_is_not_published(dist: Path, tmp_path: Path, publisher: Path) -> None:
    folder = shutil.copytree(dist, tmp_path / "dist")
    with (folder / WHEEL).open("ab") as wheel:
        wheel.write(b"more")
    assert sh(SCRIPTS / "pypi.sh", publisher, folder).returncode != 0
    assert not (tmp_path / "asked").exists()


def test_each_job_may_do_what_it_does_and_no_more() -> None:
    read = {"contents": "read"}
    signs = read | {"id-token": "write", "attestations": "write"}
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "test": read,
        "dist": read,
        "image": read,
        "sign": signs,
        "registry": signs | {"packages": "write"},
        "pypi": read | {"id-token": "write"},
        "release": {"contents": "write"},
    }


def test_nothing_is_published_before_it_is_tested_and_signed() -> None:
    def before(name: str) -> set[str]:
        needs = WORKFLOW["jobs"][name].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*map(before, direct))

    assert before("registry") == {"test", "dist", "image"}
    assert before("pypi") == {"test", "dist", "image", "sign", "registry"}
    assert before("release") == set(WORKFLOW["jobs"]) - {"release"}


def steps() -> list[dict[str, Any]]:
    return [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_a_script_gets_what_others_say_through_its_environment_only() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_no_clone_keeps_a_token() -> None:
    clones = [step for step in steps() if "actions/checkout@" in step.get("uses", "")]
    assert len(clones) == 5
    assert {step["with"]["persist-credentials"] for step in clones} == {False}


def test_every_script_is_there_and_gets_all_that_it_reads() -> None:
    used = set()
    for step in steps():
        for path in re.findall(r"scripts/release/[\w.]+", step.get("run", "")):
            used.add(path)
            text = step["run"] + (ROOT / path).read_text()
            named = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text)) - {
                "GITHUB_OUTPUT",
                "RUNNER_TEMP",
                "SOURCE_DATE_EPOCH",
            }
            assert named == set(step.get("env", {})), f"{step['name']}: {path}"
    assert used == {f"scripts/release/{name}.sh" for name in ("tag", "dist", "image", "push", "pypi")}


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda file: file.name)
def test_a_script_is_one_that_a_plain_shell_reads(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_commands_that_verify_a_release_name_what_is_released(dist: Path) -> None:
    text = (ROOT / "SECURITY.md").read_text()
    commands = "\n".join(re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert set(re.findall(r"\bv?(\d+\.\d+\.\d+)\b", text)) == {VERSION}
    assert set(re.findall(r"[\w.-]+\.whl", commands)) == {WHEEL}
    assert set(re.findall(r"[\w-]+\.cdx\.json", text)) == {
        SBOM,
        "meshrev-image.cdx.json",
        "meshrev-argocd-image.cdx.json",
    }
    workflows = set(re.findall(r"ORG/meshrev/(\.github/workflows/[\w.]+)(?:@refs/tags/v\S+)?", commands))
    assert workflows == {".github/workflows/release.yml"}
    named = {one["name"] for one in WORKFLOW["jobs"]["image"]["strategy"]["matrix"]["include"]}
    assert named == set(WORKFLOW["jobs"]["registry"]["strategy"]["matrix"]["name"]) == {"meshrev", "meshrev-argocd"}
    assert named == set(re.findall(r"`ghcr\.io/ORG/([\w-]+)`", text))


def test_a_page_tells_what_each_job_does() -> None:
    table = (ROOT / "docs/releasing.md").read_text().split("| job | does |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(WORKFLOW["jobs"])
