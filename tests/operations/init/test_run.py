"""`meshrev init`: from an empty folder to a first tree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from render.specs.releases import as_typed

ARGUMENTS = ("init", "--cluster", "dev,prod", "--version", "1.30.3")
NOTHING = subprocess.DEVNULL


def meshrev(folder: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "render", "-C", str(folder), *arguments]
    done = subprocess.run(command, stdin=NOTHING, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "My fleet"
    made.mkdir()
    return made


def test_one_command_leads_to_a_tree_that_check_and_lint_find_no_fault_with(folder: Path) -> None:
    out = meshrev(folder, *ARGUMENTS).stdout
    assert "rendered " in out
    assert "for 2 clusters" in out
    meshrev(folder, "check")
    meshrev(folder, "lint")
    assert (folder / "rendered/prod/revisions/default-v1-30-3/deployment-istiod-default-v1-30-3.yaml").is_file()
    assert yaml.safe_load((folder / "meshrev.yaml").read_text())["metadata"]["name"] == "my-fleet"


def test_every_schema_comment_leads_to_a_schema_that_the_file_fulfils(folder: Path) -> None:
    meshrev(folder, *ARGUMENTS)
    seen = 0
    for file in folder.glob("**/*.yaml"):
        found = re.search(r"^# yaml-language-server: \$schema=(.+)$", file.read_text(), re.MULTILINE)
        if found and "rendered" not in file.parts:
            schema = json.loads((file.parent / found[1]).read_text())
            for document in yaml.safe_load_all(file.read_text()):
                Draft202012Validator(schema).validate(document)
                seen += 1
    assert seen == 6


@pytest.mark.parametrize("delivery", ["argocd", "flux"])
def test_whoever_delivers_is_set_up(folder: Path, delivery: str) -> None:
    meshrev(folder, *ARGUMENTS, "--delivery", delivery, "--repo-url", "https://git.example.com/mesh.git")
    assert yaml.safe_load((folder / "meshrev.yaml").read_text())["spec"]["delivery"]["type"] == delivery
    meshrev(folder, "check")


def test_hooks_and_a_workflow_come_where_they_are_wanted(folder: Path) -> None:
    meshrev(folder, *ARGUMENTS, "--hooks", "--workflow", "--forge", "gitlab")
    hooks = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert [hook["id"] for hook in hooks] == ["meshrev-render", "meshrev-check", "meshrev-lint"]
    assert "meshrev lint" in yaml.safe_load((folder / ".gitlab-ci.yml").read_text())["mesh"]["script"]


def test_nothing_that_is_there_is_changed(folder: Path) -> None:
    (folder / "base").mkdir()
    (folder / "base/istio.yaml").write_text("mine\n")
    err = meshrev(folder, *ARGUMENTS, code=2).stderr
    assert err.startswith("base/istio.yaml: is there already, and init changes nothing that is there")
    assert {file.relative_to(folder).as_posix() for file in folder.rglob("*")} == {"base", "base/istio.yaml"}


def test_inside_of_a_fleet_there_is_no_second_one(folder: Path) -> None:
    meshrev(folder, *ARGUMENTS)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    (folder / "deeper").mkdir()
    for place in (folder, folder / "deeper"):
        assert "is a fleet already" in meshrev(place, *ARGUMENTS, code=2).stderr
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cluster", "a,B"), "--cluster B: "),
        (("--cluster", "a,a"), "--cluster a: is there twice"),
        (("--cluster", "a", "--delivery", "argocd"), "--repo-url: is needed with --delivery argocd"),
        (("--cluster", "a", "--version", "1.2"), "v1.2-latest is not known"),
        (("--cluster", "shared"), "shared"),
        ((), "Missing option '--cluster'"),
    ],
)
def test_an_answer_that_cannot_be_is_said_and_nothing_is_written(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert said in meshrev(folder, "init", *arguments, code=2).stderr
    assert [file.name for file in folder.rglob("*") if file.name != ".meshrev"] == []


def test_names_that_yaml_would_read_as_something_else_stay_names(folder: Path) -> None:
    out = meshrev(folder, "init", "--cluster", "1,on", "--name", "007", "--version", "1.30.3").stdout
    assert "for 2 clusters" in out
    assert yaml.safe_load((folder / "meshrev.yaml").read_text())["metadata"]["name"] == "007"
    meshrev(folder, "check")


def test_json_tells_a_program_what_was_made(folder: Path) -> None:
    made = json.loads(meshrev(folder, *ARGUMENTS, "--output", "json").stdout)
    assert "overlays/dev/cluster.yaml" in made["files"]
    assert made["rendered"] > 20


def test_versions_are_understood_as_people_type_them() -> None:
    assert as_typed("1.24") == as_typed("v1.24") == "v1.24.6"
    assert as_typed("v1.24-latest") == "v1.24-latest"
    assert as_typed("1.24.3") == as_typed("v1.24.3") == "v1.24.3"
    assert as_typed("latest").startswith("v1.")


def test_a_schema_is_printed_by_its_kind_in_any_case(folder: Path) -> None:
    assert json.loads(meshrev(folder, "schema", "istiocni").stdout)["title"] == "IstioCNI"
    assert "Istio" in meshrev(folder, "schema").stdout.split()
    assert "did you mean Istio?" in meshrev(folder, "schema", "Isto", code=2).stderr
