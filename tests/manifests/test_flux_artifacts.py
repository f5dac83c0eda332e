"""What the Flux of many clusters is given once: a generator that finds them, and what it copies for each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from render.manifests.flux_artifacts import artifact_generator, artifact_ref
from render.specs.kinds import Fleet
from tests.support.cluster_plan import fleet

OCI = {"kind": "OCIRepository", "name": "tree", "namespace": "sources"}
# Of the definition of source-watcher 2.2 (config/crd/bases/source.extensions.fluxcd.io_artifactgenerators.yaml).
KINDS = {"Bucket", "GitRepository", "OCIRepository", "HelmChart", "ExternalArtifact"}
ALIAS = "[a-z0-9]([a-z0-9_-]*[a-z0-9])?"


def flux(output: str = "rendered", **delivery: Any) -> Fleet:
    return fleet(output=output, delivery={"type": "flux", "artifacts": True, **delivery})


def generator(of: Fleet, *, has_shared: bool = True) -> dict[str, Any]:
    bundle = artifact_generator(of, "delivery/artifacts", has_shared=has_shared)
    assert bundle is not None
    (manifest,) = bundle.manifests
    found: dict[str, Any] = json.loads(manifest.json)
    return found


def test_it_copies_the_folder_of_each_cluster_and_the_shared_one_to_where_they_were() -> None:
    spec = generator(flux())["spec"]
    assert spec["sources"] == [{"alias": "repo", "kind": "GitRepository", "name": "flux-system"}]
    assert spec["pathPattern"] == "@repo/rendered/{cluster}/flux"
    (artifact,) = spec["artifacts"]
    assert artifact == {
        "name": "mesh-{cluster}",
        "originRevision": "@repo",
        "copy": [
            {"from": "@repo/rendered/{cluster}", "to": "@artifact/rendered/"},
            {"from": "@repo/rendered/shared", "to": "@artifact/rendered/"},
        ],
    }


def test_what_is_not_there_is_not_copied() -> None:
    (artifact,) = generator(flux(), has_shared=False)["spec"]["artifacts"]
    assert [one["from"] for one in artifact["copy"]] == ["@repo/rendered/{cluster}"]


def test_a_fleet_in_a_folder_keeps_its_path() -> None:
    spec = generator(flux(output="out/tree", path="teams/mesh"))["spec"]
    assert spec["pathPattern"] == "@repo/teams/mesh/out/tree/{cluster}/flux"
    assert {one["to"] for one in spec["artifacts"][0]["copy"]} == {"@artifact/teams/mesh/out/tree/"}


@pytest.mark.parametrize("delivery", [{}, {"source": "mesh"}, {"sourceRef": OCI}])
def test_it_says_what_the_definition_asks_for(delivery: dict[str, Any]) -> None:
    of = flux(**delivery)
    spec = generator(of)["spec"]
    (source,) = spec["sources"]
    assert source["kind"] in KINDS
    assert {"alias": "repo", **of.handover.kustomization.get("sourceRef", source)} == source
    (artifact,) = spec["artifacts"]
    for copy in artifact["copy"]:
        assert re.fullmatch(f"@{ALIAS}/.*", copy["from"])
        assert re.fullmatch("@artifact/.*", copy["to"])
    assert re.fullmatch(f"@{ALIAS}", artifact["originRevision"])


def test_it_is_in_the_namespace_of_flux_and_so_is_what_clusters_read() -> None:
    of = flux(namespace="gitops")
    assert generator(of)["metadata"] == {"name": "f", "namespace": "gitops"}
    assert artifact_ref(of, "eu") == {"kind": "ExternalArtifact", "name": "mesh-eu", "namespace": "gitops"}


def test_who_wants_none_gets_none() -> None:
    assert artifact_generator(fleet(delivery={"type": "flux"}), "delivery/artifacts", has_shared=True) is None
