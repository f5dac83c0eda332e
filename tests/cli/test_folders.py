"""Every verb from wherever a person stands: in the fleet's root, in a folder below it, or elsewhere with -C."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from render.cli.main import VERBS, meshrev
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable
from tests.support.krm_functions import config

RESOURCE_LIST = {
    "apiVersion": "config.kubernetes.io/v1",
    "kind": "ResourceList",
    "functionConfig": config(cluster="eu"),
}
# A pod that nothing injects, so that no istioctl is needed.
POD = "{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {sidecar.istio.io/inject: 'false'}}, spec: {}}"
OPERATOR = "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, spec: {profile: minimal, tag: 1.30.3}}"
SEEN = kubectl(namespace("cart"), namespace("catalog"), pod("cart", "default-v1-24-2", "1.24.2"))


@dataclass(frozen=True)
class Call:
    """A small use of a verb."""

    arguments: tuple[str, ...]
    stdin: str = ""
    code: int = 0


CALLS = {
    "chart": [Call(("verify",))],
    "check": [Call(()), Call(("--staged",))],
    "cmp": [Call(("generate",)), Call(("parameters",))],
    "diff": [Call(("HEAD~1", "HEAD")), Call(()), Call(("--source", "builtin"))],
    "explain": [Call(("--cluster", "eu", "-n", "cart"))],
    "hazards": [Call(())],
    "hydrate": [Call(("--cluster", "eu", "--branch", "env/eu"))],
    "import": [Call(("-f", "-"), stdin=OPERATOR)],
    "inject": [Call(("--cluster", "eu", "-n", "cart", "-f", "-"), stdin=POD)],
    "init": [Call(("--cluster", "eu"), code=2)],
    "krm": [Call((), stdin=json.dumps(RESOURCE_LIST)), Call(("verify", "--cluster", "eu"), stdin=" ", code=1)],
    "lint": [Call(())],
    "log": [Call(())],
    "observe": [Call(("--cluster", "eu", "--at", "2026-08-21T00:00:00Z"), stdin=SEEN)],
    "promote": [Call(("--tag", "prod", "--to", "default-v1-24-3"))],
    "remote-secret": [Call(())],
    "render": [Call(()), Call(("--exit-code",))],
    "retire": [Call(("default-v1-24-2", "--without-observation", "--dry-run"), code=2)],
    "rollback": [Call(())],
    "rollout": [Call(("status",), code=2)],
    "schema": [Call(("Istio",))],
    "status": [Call(())],
    "template": [Call(("cni", "--version", "v1.24.3"))],
    "tidy": [Call(())],
    "verify": [Call(("--context", "nowhere", "--cluster", "eu"), code=2)],
    "versions": [Call(())],
}


def test_every_verb_is_called() -> None:
    assert CALLS.keys() == VERBS.keys()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet after one operation, committed."""
    repo = promotable(fleet_repo(tmp_path_factory.mktemp("origin")))
    repo.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    return repo.root


# Where a person stands, and what -C says there; both from the folder that holds the fleet's.
STANDING = (
    ("fleet", ()),
    ("fleet/overlays/eu", ()),
    ("elsewhere", ("-C", "../fleet")),
    ("elsewhere", ("-C", "../fleet/base")),
)
EVERY = [
    pytest.param(verb, call, id=" ".join((verb, *call.arguments))) for verb, calls in CALLS.items() for call in calls
]


@pytest.mark.parametrize(("verb", "call"), EVERY)
def test_a_verb_does_the_same_from_everywhere(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, call: Call
) -> None:
    monkeypatch.setenv("ARGOCD_ENV_MESHREV_CLUSTER", "eu")
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, "2026-02-01T00:00:00Z")
    outcomes = []
    for number, (folder, option) in enumerate(STANDING):
        around = tmp_path / str(number)
        (around / "elsewhere").mkdir(parents=True)
        shutil.copytree(origin, around / "fleet", symlinks=True)
        monkeypatch.chdir(around / folder)
        outcomes.append((_called((*option, verb, *call.arguments), call), _left(around / "fleet")))
        assert Path.cwd() == around / folder
        assert list((around / "elsewhere").iterdir()) == []
    assert outcomes[0][0][0] == call.code
    assert [outcome == outcomes[0] for outcome in outcomes] == [True] * len(STANDING)


def _called(arguments: tuple[str, ...], call: Call) -> tuple[int, str, str]:
    """The exit code, standard output, and what was refused."""
    result = CliRunner().invoke(meshrev, arguments, input=call.stdin)
    error = result.exception
    if error is None or isinstance(error, SystemExit):
        return result.exit_code, result.stdout, ""
    code = getattr(error, "exit_code", None)
    assert code is not None, error
    return code, result.stdout, str(error)


def _left(root: Path) -> tuple[dict[str, bytes], str]:
    """What lies in the fleet's folder, and what its branches hold."""
    repo = FleetRepo(root)
    folders = [place.name for place in root.iterdir() if place.is_dir() and place.name != ".git"]
    files = {path: data for folder in folders for path, data in repo.tree(folder).items()}
    return files, repo.git("for-each-ref")


def test_in_a_folder_below_it_is_told_once_where_paths_are_from(origin: Path) -> None:
    there = FleetRepo(origin / "overlays/eu").meshrev("check")
    assert there.err == "note: the fleet is in ../.., and paths are from there\n"
    assert FleetRepo(origin).meshrev("check").err == ""


def test_paths_that_are_given_count_from_where_the_command_is_called(origin: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(origin, tmp_path / "fleet", symlinks=True)
    below = FleetRepo(tmp_path / "fleet/base")
    seen = below.meshrev("observe", "--cluster", "eu", "--observed", "seen", stdin=SEEN).out
    assert seen.endswith("written to base/seen/eu.json\n")
    FleetRepo(tmp_path / "elsewhere").meshrev("-C", "../fleet/base", "status", "--cluster", "eu", "--observed", "seen")
    outside = below.meshrev("observe", "--cluster", "eu", "--observed", "../../elsewhere", stdin=SEEN).out
    assert outside.endswith(f"written to {tmp_path}/elsewhere/eu.json\n")


def test_files_that_are_given_count_from_where_c_says(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values/a.yaml").write_text("tag: mine\n")
    here = FleetRepo(tmp_path)
    asked = ("template", "cni", "--version", "v1.24.3", "-f", "a.yaml")
    assert ":mine" in here.meshrev("-C", "values", *asked).out
    assert "'values/b.yaml' does not exist" in here.meshrev("-C", "values", *asked[:-1], "b.yaml", code=2).err


def test_what_c_names_must_be_a_folder(tmp_path: Path) -> None:
    assert "-C nowhere: No such file or directory" in FleetRepo(tmp_path).meshrev("-C", "nowhere", "log", code=2).err


@pytest.mark.parametrize("arguments", [("versions",), ("hazards", "--from", "1.24.3", "--to", "1.25.0")], ids=" ".join)
def test_a_verb_that_needs_no_fleet_works_outside_of_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert FleetRepo(tmp_path).meshrev(*arguments).err == ""
