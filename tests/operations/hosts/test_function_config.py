from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from render.errors import InputError
from render.operations.hosts.function_config import fleet_folder, is_function_config, read_function_config
from tests.support.krm_functions import config


def read(**spec: Any) -> Any:
    return read_function_config(config(**spec))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (config(fleeet=".."), "ClusterTree/mesh: spec.fleeet: is not a field of this function (did you mean fleet?)"),
        ({**config(), "specs": {}}, "ClusterTree/mesh: specs: is not a field of this function (did you mean spec?)"),
        (
            config("ClusterTre"),
            "ClusterTre/mesh: kind: ClusterTre is not a function of meshrev (did you mean ClusterTree?)",
        ),
        (config("Zebra"), "Zebra/mesh: kind: Zebra is not a function of meshrev (known: ClusterTree, ClusterSpecs)"),
        (
            {**config(), "apiVersion": "meshrev.io/v1"},
            "ClusterTree/mesh: apiVersion: meshrev.io/v1 is not read: use meshrev.io/v1alpha1",
        ),
        ({**config(), "spec": None}, "ClusterTree/mesh: spec: must say which cluster, not nothing"),
        (config(cluster=None), "ClusterTree/mesh: spec.cluster: expected text, found nothing"),
        (config(cluster=""), "ClusterTree/mesh: spec.cluster: expected text, found an empty text"),
        (config(fleet=3), "ClusterTree/mesh: spec.fleet: expected text, found the number 3"),
        ({}, "kind: nothing is not a function of meshrev (known: ClusterTree, ClusterSpecs)"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_field(data: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_function_config(data)
    assert str(raised.value) == said


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        read_function_config({**config(fleet=1, x=1), "y": 1})
    assert len(raised.value.findings) == 3


def test_only_configurations_of_these_functions_are_taken_for_such() -> None:
    assert is_function_config(config("ClusterSpecs"))
    assert not is_function_config({"apiVersion": "meshrev.io/v1alpha1", "kind": "Cluster"})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one fleet at its root and one beside the kustomizations, and a fleet outside of it."""
    root = tmp_path / "repository"
    for folder in (root, root / "mesh", tmp_path):
        folder.mkdir(exist_ok=True)
        (folder / "meshrev.yaml").touch()
    (root / "deploy/prod").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.mark.parametrize(
    ("fleet", "expected"),
    [(None, "."), ("../..", "."), ("../../mesh", "mesh"), ("./../../mesh/", "mesh"), ("../../deploy/../mesh", "mesh")],
)
def test_the_fleet_is_found_within_the_repository(repository: Path, fleet: str | None, expected: str) -> None:
    spec = {} if fleet is None else {"fleet": fleet}
    assert fleet_folder(read(**spec), repository / "deploy/prod") == (repository / expected).resolve()


@pytest.mark.parametrize(
    ("fleet", "said"),
    [
        ("../../..", "leads out of the git repository, from deploy/prod where this runs"),
        ("/etc", "a path from the kustomization's folder is expected"),
        ("~", "a path from the kustomization's folder is expected"),
        ("..\\..", "a path from the kustomization's folder is expected"),
        ("../..\0", "a path from the kustomization's folder is expected"),
        ("..", "holds no meshrev.yaml, from deploy/prod where this runs"),
        ("nowhere", "holds no meshrev.yaml, from deploy/prod where this runs"),
        ("out", "leads out of the git repository"),
    ],
)
def test_any_other_folder_is_refused(repository: Path, fleet: str, said: str) -> None:
    (repository / "deploy/prod/out").symlink_to(repository.parent)
    with pytest.raises(InputError) as raised:
        fleet_folder(read(fleet=fleet), repository / "deploy/prod")
    (finding,) = raised.value.findings
    assert said in finding.message
    assert (finding.object, finding.field) == ("ClusterTree/mesh", "spec.fleet")


def test_a_fleet_above_the_repository_is_not_looked_for(repository: Path) -> None:
    (repository / "meshrev.yaml").unlink()
    with pytest.raises(InputError, match="nor up to the root of the git repository"):
        fleet_folder(read(), repository / "deploy/prod")


def test_a_loop_of_links_is_no_fleet(repository: Path) -> None:
    (repository / "deploy/prod/loop").symlink_to("loop")
    with pytest.raises(InputError, match=r"spec\.fleet"):
        fleet_folder(read(fleet="loop"), repository / "deploy/prod")


def test_without_a_repository_the_fleet_is_above_or_below(tmp_path: Path) -> None:
    for folder in ("fleet/deploy", "fleet/mesh"):
        (tmp_path / folder).mkdir(parents=True)
    for folder in ("fleet", "fleet/mesh", "fleet/deploy"):
        (tmp_path / folder / "meshrev.yaml").touch()
    assert fleet_folder(read(fleet=".."), tmp_path / "fleet/deploy") == (tmp_path / "fleet").resolve()
    assert fleet_folder(read(fleet="mesh"), tmp_path / "fleet") == (tmp_path / "fleet/mesh").resolve()
    with pytest.raises(InputError, match="neither above nor below deploy"):
        fleet_folder(read(fleet="../mesh"), tmp_path / "fleet/deploy")
