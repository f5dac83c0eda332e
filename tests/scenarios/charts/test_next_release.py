"""From what the program renders itself, 1.31, to the release after it by its charts, and back."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.support.builders import fleet_file, istio, namespace, tag
from tests.support.charts import chart_fleet, needs_library, pull
from tests.support.crd_schemas import FOLDER, needs_crds
from tests.support.fleet_repo import FleetRepo

pytestmark = needs_library
OLD = "default-v1-31-0"
STRATEGY = "{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}"
REST = tag("default", OLD, "IstioRevision") + namespace("shop", "istio-injection: enabled")


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    """Rendered by the program's own templates."""
    repo = chart_fleet(tmp_path / "fleet", source="{type: builtin}")
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.com")
    repo.cluster("eu", istio("v1.31.0", updateStrategy=STRATEGY) + REST)
    repo.meshrev("render")
    repo.commit("as it was")
    return repo


def by_chart(version: str) -> str:
    """The Istio of a release, from its charts."""
    text = istio(f"v{version}", updateStrategy=STRATEGY)
    return text.replace("{name: default}", "{name: default, annotations: {meshrev.io/source: chart}}")


def sources(repo: FleetRepo) -> dict[str, str]:
    """Which source made each revision, as the inventories have it."""
    found = {}
    for path, data in repo.tree().items():
        if path.startswith("rendered/eu/revisions/") and path.endswith("/inventory.jsonl"):
            found[path.split("/")[3]] = json.loads(data.splitlines()[0])["revision"]["source"]
    return found


@pytest.mark.parametrize("version", ["1.32.0", "1.33.0"])
def test_it_is_promoted_to_rolled_back_and_the_old_one_retired(fleet: FleetRepo, version: str) -> None:
    new = f"default-v{version.replace('.', '-')}"
    pull(fleet, version)
    frozen = fleet.tree(f"rendered/eu/revisions/{OLD}")
    fleet.cluster("eu", by_chart(version) + REST)
    fleet.meshrev("render")
    fleet.commit("the next release, beside the one in use")
    assert sources(fleet) == {OLD: "builtin", new: "chart"}
    assert fleet.tree(f"rendered/eu/revisions/{OLD}") == frozen
    fleet.meshrev("promote", "--tag", "default", "--to", new)
    fleet.meshrev("rollback")
    assert fleet.meshrev("status", "-o", "json").json["clusters"][0]["namespaces"][0]["revision"] == OLD
    fleet.meshrev("promote", "--tag", "default", "--to", new)
    fleet.meshrev("retire", OLD, "--without-observation")
    fleet.meshrev("check")
    assert sources(fleet) == {new: "chart"}
    assert f"../shared/crds/{version}" in (fleet.root / "rendered/eu/kustomization.yaml").read_text()


def vendored(repo: FleetRepo, version: str, source: str) -> None:
    """Names Istio's own definitions of a release, for the whole fleet."""
    file = FOLDER / f"istio-{version}-crds.yaml"
    path = f"crds/istio-{version}.yaml"
    (repo.root / "crds").mkdir(exist_ok=True)
    shutil.copyfile(file, repo.root / path)
    crds = f"{{path: {path}, sha256: {hashlib.sha256(file.read_bytes()).hexdigest()}}}"
    repo.write("meshrev.yaml", fleet_file(source=source, crds=crds))


@needs_crds
def test_istios_own_definitions_go_to_those_of_the_next_release_and_not_back(fleet: FleetRepo) -> None:
    vendored(fleet, "1.31.4", "{type: builtin}")
    fleet.meshrev("render")
    pull(fleet, "1.32.0")
    vendored(fleet, "1.32.0", "{type: builtin}")
    fleet.cluster("eu", by_chart("1.32.0") + REST)
    fleet.meshrev("render")
    assert "../shared/crds/1.32.0" in (fleet.root / "rendered/eu/kustomization.yaml").read_text()
    files = [path for path in fleet.tree("rendered/shared/crds/1.32.0") if "customresourcedefinition" in path]
    assert len(files) >= 15
    vendored(fleet, "1.31.4", "{type: builtin}")
    assert "MR081" in fleet.meshrev("lint", code=1).out
    assert "is older than the definitions of 1.32.0" in fleet.meshrev("render", code=2).err
