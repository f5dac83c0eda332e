"""The objects that the plugin of a host prints, whichever host it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from render.errors import DriftError, InputError, OutsideError
from render.operations.hosts.tree_objects import PARTS, ClusterObjects, TreeObject, committed_objects, tree_objects
from render.operations.render.fleet import open_fleet
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.lock import hold_off_writers
from tests.support.disk.lock_holder import another_process
from tests.support.fleet_repo import FleetRepo
from tests.support.krm_functions import again, specs

CRDS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sidecars.networking.istio.io}
spec: {group: networking.istio.io}
"""


def of(repo: FleetRepo, cluster: str = "prod-eu") -> ClusterObjects:
    return committed_objects(open_fleet(repo.root), cluster)


def by_inventory(repo: FleetRepo, cluster: str = "prod-eu") -> list[TreeObject]:
    return tree_objects(open_fleet(repo.root), cluster)


def listed(kustomization: Path) -> list[Path]:
    """The files that a kustomization leads to, in its order."""
    found = []
    for entry in yaml.safe_load(kustomization.read_text())["resources"]:
        path = (kustomization.parent / entry).resolve()
        found += listed(path / "kustomization.yaml") if path.is_dir() else [path]
    return found


def with_crds(repo: FleetRepo, text: str = CRDS) -> None:
    repo.write("crds/istio-1.24.3.yaml", text)
    crds = {"path": "crds/istio-1.24.3.yaml", "sha256": hashlib.sha256(text.encode()).hexdigest()}
    file = repo.root / "meshrev.yaml"
    fleet = yaml.safe_load(file.read_text())
    fleet["spec"]["crds"] = crds
    file.write_text(json.dumps(fleet))


def test_objects_come_as_the_kustomizations_list_them_with_the_bytes_of_their_files(fleet: FleetRepo) -> None:
    with_crds(fleet)
    again(fleet)
    fleet.cluster("prod-eu", specs("v1.24.3"))  # the revision before is frozen
    again(fleet)
    objects = of(fleet).objects
    assert [fleet.root / found.file for found in objects] == listed(fleet.root / "rendered/prod-eu/kustomization.yaml")
    assert all((fleet.root / found.file).read_bytes() == found.data for found in objects)
    files = {path for path in fleet.tree() if path.endswith(".yaml") and not path.endswith("/kustomization.yaml")}
    assert {found.file for found in objects} == files


def test_parts_follow_each_other_in_the_order_of_application(fleet: FleetRepo) -> None:
    with_crds(fleet)
    again(fleet)
    parts = list(dict.fromkeys(found.part for found in of(fleet).objects))
    assert parts == ["crds", "revisions", "mesh", "tags", "namespaces", "extra"]
    assert parts == [part for part in PARTS if part in parts]


def test_definitions_that_differ_from_the_vendored_file_are_refused(fleet: FleetRepo) -> None:
    with_crds(fleet)
    again(fleet)
    with_crds(fleet, CRDS.replace("group: networking", "group: other.networking"))
    with pytest.raises(DriftError, match=r"rendered/shared/crds/1\.24\.3: is not what the specs say"):
        of(fleet)


def test_the_tree_is_read_by_its_inventory_alone(fleet: FleetRepo) -> None:
    with_crds(fleet)
    again(fleet)
    expected = list(of(fleet).objects)
    fleet.cluster("prod-eu", "no specs: any more\n")
    assert by_inventory(fleet) == expected


def test_no_tree_holds_nothing(fleet: FleetRepo) -> None:
    assert by_inventory(fleet, "prod-us") == []


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_file_that_is_not_as_it_was_written_is_named(fleet: FleetRepo, how: str) -> None:
    file = fleet.root / "rendered/prod-eu/namespaces/shop.yaml"
    if how == "changed":
        file.write_text("kind: Other\n")
    else:
        file.unlink()
    with pytest.raises(DriftError, match=r"^rendered/prod-eu/namespaces/shop\.yaml: is not as the inventory lists it"):
        by_inventory(fleet)
    with pytest.raises(DriftError, match=r"\((differs|missing): namespaces/shop\.yaml\): run `meshrev render`"):
        of(fleet)


def test_a_tree_without_its_inventory_is_no_tree_to_print(fleet: FleetRepo) -> None:
    (fleet.root / "rendered/prod-eu/inventory.jsonl").unlink()
    with pytest.raises(InputError):
        of(fleet)


def test_a_writer_is_waited_for_and_then_named(fleet: FleetRepo) -> None:
    output = FleetFolder(fleet.root, "rendered")
    with (
        another_process(output, "lock"),
        pytest.raises(OutsideError, match="is in use by process"),
        hold_off_writers(output, patience=0.1),
    ):
        pass
