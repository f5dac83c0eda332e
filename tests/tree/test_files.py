from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from render.errors import InputError
from render.manifests.bundle import Bundle
from render.plan.inventory import EMPTY
from render.tree.files import cluster_files
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory
from tests.support.tree_example import NEW, OLD, cluster, kustomize, manifest, namespaces, record, revision, tag, write


def resources(output: Path, folder: str) -> list[str]:
    found = yaml.safe_load((output / folder / "kustomization.yaml").read_text())["resources"]
    assert isinstance(found, list)
    return found


def test_each_folder_lists_its_objects_and_the_cluster_its_folders(tmp_path: Path) -> None:
    write(
        FleetFolder(tmp_path, "."),
        "prod",
        [namespaces("shop"), tag("prod"), tag("canary"), revision(NEW), revision(OLD)],
    )
    assert resources(tmp_path, "prod") == [
        *(f"revisions/{OLD}", f"revisions/{NEW}", "tags/canary", "tags/prod", "namespaces")
    ]
    assert resources(tmp_path, f"prod/revisions/{OLD}") == [
        f"configmap-istio-{OLD}.yaml",
        f"deployment-istiod-{OLD}.yaml",
    ]
    assert resources(tmp_path, "prod/namespaces") == ["shop.yaml"]


def test_a_real_kustomize_builds_the_cluster_and_each_folder(tmp_path: Path) -> None:
    bundles = [
        *(revision(OLD), revision(NEW), tag("prod"), namespaces("shop", "1e3", "null")),
        Bundle(
            "extra",
            "",
            "Namespace",
            (
                manifest("ClusterRole", "system:auth", group="rbac.authorization.k8s.io", rules=[]),
                manifest("Gateway", "a", "shop", "networking.istio.io", spec={"servers": []}),
                manifest("Gateway", "a", "shop", "gateway.networking.k8s.io", spec={"gatewayClassName": "istio"}),
            ),
        ),
    ]
    write(FleetFolder(tmp_path, "."), "prod", bundles)
    built = _built(tmp_path / "prod")
    objects = [yaml.safe_load(text) for text in _texts(bundles)]
    assert _sorted(built) == _sorted(objects)
    folders = [path.parent for path in tmp_path.glob("prod/*/**/kustomization.yaml")]
    assert len(folders) == 5
    assert _sorted(each for folder in folders for each in _built(folder)) == _sorted(objects)


def _built(folder: Path) -> list[object]:
    built = subprocess.run([kustomize(), "build", folder], capture_output=True, check=True).stdout
    return list(yaml.safe_load_all(built))


def _texts(bundles: list[Bundle]) -> list[str]:
    return [each.json for bundle in bundles for each in bundle.manifests]


def _sorted(objects: object) -> list[str]:
    return sorted(map(repr, map(_ordered, objects)))  # type: ignore[call-overload]


def _ordered(node: object) -> object:
    if isinstance(node, dict):
        return sorted((key, _ordered(value)) for key, value in node.items())
    return [_ordered(item) for item in node] if isinstance(node, list) else node


def test_shared_folders_are_applied_first(tmp_path: Path) -> None:
    files = cluster_files("prod", cluster(), EMPTY, shared=["shared/crds/v1.24.3"])
    listed = yaml.safe_load(files.files["kustomization.yaml"].data)["resources"]
    assert listed[0] == "../shared/crds/v1.24.3"


def test_a_folder_without_objects_is_left_out_but_a_revisions_record_stays() -> None:
    bundles = [Bundle("extra", "", "", ()), Bundle(f"revisions/{OLD}", "", "Istio/default", (), record(OLD))]
    files = cluster_files("prod", bundles, EMPTY)
    assert set(files.files) == {"kustomization.yaml", "inventory.jsonl", f"revisions/{OLD}/inventory.jsonl"}
    assert yaml.safe_load(files.files["kustomization.yaml"].data)["resources"] == []


def test_the_same_input_gives_the_same_bytes_in_any_order() -> None:
    assert cluster_files("prod", cluster(), EMPTY) == cluster_files("prod", cluster()[::-1], EMPTY)
    backwards = Bundle(**_fields(cluster()[0]) | {"manifests": cluster()[0].manifests[::-1]})
    assert cluster_files("prod", [backwards], EMPTY) == cluster_files("prod", cluster()[:1], EMPTY)


def _fields(bundle: Bundle) -> dict[str, object]:
    return {name: getattr(bundle, name) for name in bundle.__slots__}


def test_a_frozen_revision_stays_listed_and_applied(tmp_path: Path) -> None:
    write(FleetFolder(tmp_path, "."), "prod", cluster())
    inventory = read_inventory(FleetFolder(tmp_path, "."), "prod")
    listed = (tmp_path / "prod/inventory.jsonl").read_text()
    files = cluster_files("prod", [tag("prod"), namespaces("payments", "shop")], inventory, frozen=[OLD])
    assert files.files["inventory.jsonl"].data.decode() == listed
    assert f"revisions/{OLD}" in yaml.safe_load(files.files["kustomization.yaml"].data)["resources"]
    assert {path for path in files.files if path.startswith("revisions/")} == set()
    assert {path.rpartition("/")[2] for path in files.frozen} == {
        *("inventory.jsonl", "kustomization.yaml", f"configmap-istio-{OLD}.yaml", f"deployment-istiod-{OLD}.yaml")
    }


@pytest.mark.parametrize("bundles", [[tag("a"), tag("a")], [revision(OLD), revision(OLD)]])
def test_two_bundles_for_one_folder_are_a_mistake_of_ours(bundles: list[Bundle]) -> None:
    with pytest.raises(ValueError, match="two bundles for one folder"):
        cluster_files("prod", bundles, EMPTY)


def test_a_revision_whose_name_has_a_slash_is_refused() -> None:
    with pytest.raises(InputError, match="revision 'a/b' cannot have the folder"):
        cluster_files("prod", [Bundle("revisions/a/b", "", "", (), record("a/b"))], EMPTY)
