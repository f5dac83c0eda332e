"""What a person does in the clusters after a rollback."""

from __future__ import annotations

from typing import Any

import pytest

from render.operations.change.host_steps import host_steps, steps_after_leaving
from render.specs.kinds import ClusterHandover, Delivery
from tests.support.cluster_plan import fleet, specs

STEP = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}]}
TERMINATED = "argocd app terminate-op mesh-c  # where a sync still runs: it would take no newer commit"
SYNCED = "argocd app sync mesh-c"


@pytest.mark.parametrize("more", [{}, {"automated": True}, {"automated": True, "rollingSync": {"steps": [STEP]}}])
def test_a_sync_of_argo_cd_that_runs_is_ended_and_the_commit_synced(more: dict[str, Any]) -> None:
    of = fleet(delivery={"type": "argocd", **more})
    assert host_steps(of, [specs("", of)]) == (TERMINATED, SYNCED)


def test_flux_is_told_to_look_at_the_source_of_the_cluster() -> None:
    of = fleet(delivery={"type": "flux", "namespace": "gitops"})
    cluster = specs("", of, handover=ClusterHandover(source="mesh"))
    assert host_steps(of, [cluster]) == (
        "flux --context c -n gitops reconcile source git mesh  # what reads it follows by itself",
    )


@pytest.mark.parametrize(
    ("ref", "command"),
    [
        ({"kind": "OCIRepository", "name": "tree"}, "-n gitops reconcile source oci tree "),
        ({"kind": "Bucket", "name": "tree", "namespace": "far"}, "-n far reconcile source bucket tree "),
        ({"kind": "GitRepository", "name": "tree"}, "-n gitops reconcile source git tree "),
    ],
)
def test_flux_is_told_of_another_source_by_its_kind(ref: dict[str, str], command: str) -> None:
    of = fleet(delivery={"type": "flux", "namespace": "gitops", "sourceRef": ref})
    (step,) = host_steps(of, [specs("", of)])
    assert step.startswith(f"flux --context c {command}")


def test_a_source_that_looks_at_nothing_outside_of_the_cluster_is_left_alone() -> None:
    of = fleet(delivery={"type": "flux", "sourceRef": {"kind": "ExternalArtifact", "name": "tree"}})
    assert host_steps(of, [specs("", of)]) == ()


def test_what_nobody_delivers_is_applied_by_hand() -> None:
    of = fleet(delivery={"type": "none"}, output="out")
    assert host_steps(of, [specs("", of)]) == ("kubectl --context c apply --server-side --force-conflicts -k out/c",)


def test_each_cluster_has_the_steps_of_its_own_host() -> None:
    of = fleet(delivery={"type": "argocd"})
    hosts: tuple[Delivery, ...] = ("flux", "argocd")
    commands = [step.split()[0] for step in host_steps(of, [specs("", of, delivery=host) for host in hosts])]
    assert commands == ["flux", "argocd", "argocd"]


@pytest.mark.parametrize(
    ("delivery", "path", "command"),
    [
        ("argocd", "rendered/c/argocd/cluster.json", "argocd app get mesh-c "),
        ("argocd", "rendered/c/kustomization.yaml", "argocd app delete mesh-c --cascade=false "),
        ("none", "rendered/c/flux/kustomization-mesh-control-plane.yaml", "kubectl --context c -n flux-system delete "),
    ],
)
def test_a_cluster_that_leaves_leaves_something_at_its_host(delivery: str, path: str, command: str) -> None:
    (step,) = steps_after_leaving(fleet(delivery={"type": delivery}), "c", [path])
    assert step.startswith(command)


def test_a_cluster_that_nobody_delivered_leaves_nothing_to_do() -> None:
    assert steps_after_leaving(fleet(delivery={"type": "none"}), "c", ["rendered/c/kustomization.yaml"]) == ()
