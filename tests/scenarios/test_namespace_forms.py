"""Namespaces delivered in three forms, by the whole command line, and taken in by the real Kustomize."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.test_delivery import listed_by, objects, override, stages, use
from tests.support.builders import istio, namespace, tag
from tests.support.fleet_repo import FleetRepo
from tests.support.programs.kustomize import needs_kustomize, program

ENABLED, REVISION = "istio-injection: enabled", "istio.io/rev: default-v1-24-3"
FOLDER = "rendered/one/namespaces"


def specs(**labels: str) -> str:
    owned = (namespace(name, label, f"team: {name}") for name, label in labels.items())
    return istio("v1.24.3") + tag("default") + "".join(owned)


@pytest.fixture
def patched(repo: FleetRepo) -> FleetRepo:
    """A cluster whose namespaces are patches; `shop` has moved from the default to a revision."""
    use(repo, "{type: argocd, repoURL: https://git.example.com/mesh.git, namespaces: patch}")
    repo.cluster("one", specs(shop=ENABLED, etl=ENABLED))
    repo.meshrev("render")
    repo.commit("before")
    repo.cluster("one", specs(shop=REVISION, etl=ENABLED))
    repo.meshrev("render")
    return repo


def test_patches_are_a_component_that_the_cluster_does_not_apply(patched: FleetRepo) -> None:
    component = objects(patched, f"{FOLDER}/shop")["kustomization.yaml"]
    assert (component["kind"], component["patches"]) == ("Component", [{"path": "namespace-shop.yaml"}])
    assert "namespaces" not in patched.tree()["rendered/one/kustomization.yaml"].decode()
    patched.meshrev("check")


def owners_repo(patched: FleetRepo, path: Path, takes: list[str], **labels: str) -> Path:
    """The repo of a namespace's owner: its namespaces, and an overlay that takes in components."""
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": yaml.safe_load(f"{{{label}}}")}}
        for name, label in labels.items()
    ]
    shutil.copytree(patched.root / FOLDER, path / "mesh")
    (path / "namespaces.yaml").write_text(yaml.safe_dump_all(namespaces))
    kustomization = {"resources": ["namespaces.yaml"], "components": [f"mesh/{name}" for name in takes]}
    (path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return path


def labels(text: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in yaml.safe_load_all(text)}


KUBECTL = shutil.which("kubectl")
PROGRAMS = [
    pytest.param([program() or "", "build"], marks=needs_kustomize, id="kustomize"),
    pytest.param([KUBECTL, "kustomize"], marks=pytest.mark.skipif(not KUBECTL, reason="no kubectl"), id="kubectl"),
]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", PROGRAMS)
@pytest.mark.parametrize(
    ("owned", "built"),
    [
        (
            {"shop": f"{ENABLED}, team: a", "etl": "team: b", "other": ENABLED},
            {
                "shop": {"istio.io/rev": "default-v1-24-3", "team": "a"},
                "etl": {"istio-injection": "enabled", "team": "b"},
                "other": {"istio-injection": "enabled"},
            },
        ),
        ({"shop": f"{ENABLED}, {REVISION}"}, {"shop": {"istio.io/rev": "default-v1-24-3"}}),
        ({"etl": REVISION}, {"etl": {"istio-injection": "enabled"}}),
    ],
    ids=["several", "both labels", "the other label"],
)
def test_an_owners_namespaces_with_their_components_have_the_right_labels(
    patched: FleetRepo, tmp_path: Path, command: list[str], owned: dict[str, str], built: dict[str, Any]
) -> None:
    takes = [name for name in owned if name != "other"]
    done = _run(command, owners_repo(patched, tmp_path / "owner", takes, **owned))
    assert done.returncode == 0, done.stderr
    assert labels(done.stdout) == built


@pytest.mark.parametrize("command", PROGRAMS)
def test_a_component_of_a_namespace_that_the_owner_has_not_is_refused_and_not_skipped(
    patched: FleetRepo, tmp_path: Path, command: list[str]
) -> None:
    done = _run(command, owners_repo(patched, tmp_path / "owner", ["shop"], other=ENABLED))
    assert done.returncode != 0
    assert "shop" in done.stderr


def test_a_comparison_reads_a_patch_as_the_labels_that_it_leaves(patched: FleetRepo) -> None:
    """`etl` keeps the default: the null beside its label is no revision."""
    shown = patched.meshrev("diff", "-o", "json").json
    assert shown["moves"] == []  # both lead to the same revision
    changed = [found for group in shown["changes"] for part in group["parts"] for found in part["objects"]]
    assert [(one["kind"], one["name"]) for one in changed] == [("Namespace", "shop")]
    assert "Namespace/shop" in patched.meshrev("diff").out


def test_lint_says_that_the_owner_has_to_take_in_the_patch(patched: FleetRepo) -> None:
    found = patched.meshrev("lint", "--base", "HEAD", "-o", "json", code=None).json["findings"]
    assert [(one["severity"], one["object"]) for one in found if one["code"] == "MR106"] == [("info", "Namespace/shop")]
    assert not [one for one in found if one["code"] == "MR102"]


def test_a_cluster_may_choose_another_form_than_its_fleet(patched: FleetRepo) -> None:
    override(patched, "one", "{namespaces: manifest}")
    patched.meshrev("render")
    found = objects(patched, FOLDER)
    assert found["kustomization.yaml"]["kind"] == "Kustomization"
    assert found["shop.yaml"]["metadata"]["labels"] == {"istio.io/rev": "default-v1-24-3", "team": "shop"}
    assert "namespaces" in yaml.safe_load(patched.tree()["rendered/one/kustomization.yaml"])["resources"]
    patched.meshrev("check")


def test_patches_are_in_no_stage_of_flux(repo: FleetRepo) -> None:
    for form, there in (("patch", False), ("manifest", True)):
        use(repo, f"{{type: flux, namespaces: {form}}}")
        repo.cluster("one", specs(shop=ENABLED))
        repo.meshrev("render")
        listed = listed_by(repo, stages(repo)["mesh-namespaces"])
        assert ("../../namespaces" in listed) == there


def test_who_follows_whom_is_the_same_in_every_form(repo: FleetRepo) -> None:
    answers = []
    for form in ("apply", "patch", "manifest"):
        use(repo, f"{{type: none, namespaces: {form}}}")
        repo.cluster("one", specs(shop=REVISION, etl=ENABLED))
        repo.meshrev("render")
        answers.append(repo.meshrev("status", "-o", "json").out)
        repo.commit(form)
    assert answers[0] == answers[1] == answers[2]
    shown = repo.meshrev("diff", "HEAD~2", "HEAD~1", "-o", "json").json
    assert (shown["moves"], shown["restarts"]) == ([], [])


def test_lint_says_which_labels_go_when_a_whole_namespace_becomes_its_injection_labels(repo: FleetRepo) -> None:
    use(repo, "{type: flux, namespaces: manifest}")
    repo.cluster("one", specs(shop=ENABLED))
    repo.meshrev("render")
    repo.commit("before")
    use(repo, "{type: flux, namespaces: apply}")
    found = repo.meshrev("lint", "--base", "HEAD", "-o", "json", code=None).json["findings"]
    (going,) = [one for one in found if one["code"] == "MR184"]
    assert (going["severity"], going["object"]) == ("warning", "Namespace/shop")
    assert "was delivered whole, with team, and" in going["message"]
    repo.meshrev("render")
    repo.commit("after")
    assert "MR184" not in repo.meshrev("lint", "-o", "json", code=None).out


@pytest.mark.parametrize(("host", "is_told"), [("flux", True), ("argocd", False)])
def test_lint_says_that_flux_takes_what_was_set_by_hand_when_injection_labels_become_a_whole_namespace(
    repo: FleetRepo, host: str, is_told: bool
) -> None:
    use(repo, f"{{type: {host}, namespaces: apply}}")
    repo.cluster("one", specs(shop=ENABLED, own=ENABLED))
    repo.meshrev("render")
    repo.commit("before")
    use(repo, f"{{type: {host}, namespaces: manifest}}")
    found = repo.meshrev("lint", "--base", "HEAD", "-o", "json", code=None).json["findings"]
    going = [(one["severity"], one["object"]) for one in found if one["code"] == "MR184"]
    assert going == ([("warning", "Namespace/shop"), ("warning", "Namespace/own")] if is_told else [])
    repo.meshrev("render")
    repo.commit("after")
    assert "MR184" not in repo.meshrev("lint", "-o", "json", code=None).out


def test_a_namespace_that_flux_goes_on_merging_loses_nothing(repo: FleetRepo) -> None:
    merged = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: own\n  labels: {istio-injection: enabled}\n"
    merged += "  annotations: {kustomize.toolkit.fluxcd.io/ssa: Merge}\n"
    use(repo, "{type: flux, namespaces: apply}")
    repo.cluster("one", f"{istio('v1.24.3')}{tag('default')}---\n{merged}")
    repo.meshrev("render")
    repo.commit("before")
    use(repo, "{type: flux, namespaces: manifest}")
    assert "MR184" not in repo.meshrev("lint", "--base", "HEAD", "-o", "json", code=None).out
