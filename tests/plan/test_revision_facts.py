"""What a revision is and needs: one answer of status, lint and the rendered objects, whatever says it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from render.errors import InputError
from render.manifests.cluster import bundles
from render.manifests.values import computed_values
from render.operations.status import status
from render.plan.cluster import ClusterPlan
from render.plan.helm_values import PROFILES
from render.plan.revision_facts import is_ambient, is_remote, is_remote_cluster, needs_cni, spec_title, uses_cni
from render.specs import releases
from tests.support.cluster_plan import inventory_of, plan, specs
from tests.support.lint_view import places

CNI = "\n---\napiVersion: sailoperator.io/v1\nkind: IstioCNI\nmetadata: {name: default}\nspec: {version: v1.26.4}\n"
ZTUNNEL = CNI.replace("IstioCNI", "ZTunnel")
NEWEST = tuple(str(minor.releases[-1]) for minor in releases.minors().values())


@dataclass(frozen=True)
class Mesh:
    """An Istio and the platform of its cluster."""

    version: str = "v1.26.4"
    profile: str = "default"
    platform: str | None = None
    values: str = "{}"

    @property
    def text(self) -> str:
        spec = {"version": self.version, "profile": self.profile, "values": yaml.safe_load(self.values)}
        istio = {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "metadata": {"name": "default"}, "spec": spec}
        return yaml.safe_dump(istio)

    @property
    def plan(self) -> ClusterPlan:
        return plan(self.text, platform=self.platform)


def objects(mesh: Mesh) -> dict[str, Any]:
    """The rendered objects by kind and name, of what can be rendered."""
    try:
        made = [manifest for bundle in bundles(mesh.plan) for manifest in bundle.manifests]
    except InputError:  # the release has no such profile or platform
        assume(False)
        raise
    return {f"{one.kind}/{one.name}": json.loads(one.json) for one in made}


def istiod_serves_ambient(found: dict[str, Any]) -> bool:
    """By its environment, as Go reads a boolean."""
    (container,) = found["Deployment/istiod"]["spec"]["template"]["spec"]["containers"]
    said = {one["name"]: one.get("value") for one in container["env"]}.get("PILOT_ENABLE_AMBIENT")
    return said in ("1", "t", "T", "true", "TRUE", "True")


def injector_uses_cni(found: dict[str, Any]) -> bool:
    """By the values that it is given; the ones of 1.23 under `istio_cni` too, as its template reads them."""
    values = json.loads(found["ConfigMap/istio-sidecar-injector"]["data"]["values"])
    said = (values["pilot"].get("cni"), values.get("istio_cni"))
    return any((one or {}).get("enabled") in (True, "true") for one in said)


def state(mesh: Mesh, *beside: str) -> str:
    planned = plan("".join((mesh.text, *beside)), platform=mesh.platform)
    return status([planned], {}).clusters[0].revisions[0].state


VALUES = (
    "{}",
    "{profile: demo}",
    "{profile: ambient}",
    "{profile: default}",
    "{global: {profile: ambient}}",
    "{pilot: {env: {PILOT_ENABLE_AMBIENT: 'true'}}}",
    "{pilot: {env: {PILOT_ENABLE_AMBIENT: true}}}",
    "{pilot: {env: {PILOT_ENABLE_AMBIENT: 'false'}}}",
    "{pilot: {env: {PILOT_ENABLE_AMBIENT: 'T'}}}",
    "{env: {PILOT_ENABLE_AMBIENT: 'true'}}",
    "{pilot: {cni: {enabled: true}}}",
    "{pilot: {cni: {enabled: false}}}",
    "{pilot: {cni: {enabled: null}}}",
    "{cni: {enabled: true}}",
    "{istio_cni: {enabled: true}}",
    "{global: {platform: openshift}}",
    "{global: {platform: k3s}}",
    "{global: {platform: ''}}",
    "{platform: openshift}",
)
LOCAL = sorted(PROFILES.keys() - {"remote"})


@given(
    st.builds(
        Mesh,
        st.sampled_from(NEWEST),
        st.sampled_from(LOCAL),
        st.sampled_from([None, "gke", "k3s", "openshift"]),
        st.sampled_from(VALUES),
    )
)
@example(Mesh(profile="openshift", platform="gke", values="{global: {platform: k3s}}"))
@example(Mesh(profile="ambient", values="{profile: demo}"))
@example(Mesh(profile="openshift-ambient", values="{pilot: {cni: {enabled: false}}}"))
@example(Mesh(version=NEWEST[0], platform="openshift"))
def test_status_and_lint_ask_for_what_the_rendered_objects_need(mesh: Mesh) -> None:
    found = objects(mesh)
    ambient, redirected = istiod_serves_ambient(found), injector_uses_cni(found)
    values = computed_values(mesh.plan.revisions[0].record, mesh.plan.specs)
    assert (is_ambient(values), uses_cni(values)) == (ambient, redirected)
    wanted = "IstioCNINotFound" if redirected else "ZTunnelNotFound" if ambient else "Healthy"
    assert state(mesh) == wanted
    assert state(mesh, ZTUNNEL) == ("IstioCNINotFound" if needs_cni(values) else "Healthy")
    assert state(mesh, CNI) == ("ZTunnelNotFound" if ambient else "Healthy")
    assert state(mesh, CNI, ZTUNNEL) == "Healthy"
    istio = "error Istio/default metadata.name"
    assert places("MR130", mesh.text, cluster={"platform": mesh.platform}) == [istio] * (redirected or ambient)
    assert places("MR131", mesh.text, cluster={"platform": mesh.platform}) == [istio] * ambient


@pytest.mark.parametrize(
    ("mesh", "expected"),
    [
        (Mesh(values="{pilot: {cni: {enabled: true}}}"), "IstioCNINotFound"),
        (Mesh(platform="openshift"), "IstioCNINotFound"),
        (Mesh(profile="ambient"), "ZTunnelNotFound"),
        (Mesh(), "Healthy"),
    ],
)
def test_what_a_revision_needs_and_the_specs_do_not_have_is_its_state(mesh: Mesh, expected: str) -> None:
    assert state(mesh) == expected


def test_a_node_agent_that_is_passed_through_is_there() -> None:
    daemonset = (
        "\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: istio-cni-node, namespace: kube-system}\n"
    )
    assert state(Mesh(platform="openshift"), daemonset) == "Healthy"


def test_a_frozen_revision_of_a_release_that_nobody_knows_is_judged_by_what_its_spec_says() -> None:
    plan = Mesh(profile="ambient").plan
    record = replace(plan.revisions[0].record, version="v9.9.9")
    assert not is_ambient(computed_values(record, plan.specs))
    said = replace(record, values={"pilot": {"env": {"PILOT_ENABLE_AMBIENT": "true"}}})
    assert is_ambient(computed_values(said, plan.specs))


@pytest.mark.parametrize(
    ("profile", "values", "remote"),
    [
        ("remote", "{}", True),
        ("default", "{profile: remote}", True),
        ("remote", "{profile: demo}", False),
        ("remote", "{profile: null}", False),
        ("ambient", "{}", False),
    ],
)
def test_a_revision_is_remote_where_no_istiod_of_it_is_rendered(profile: str, values: str, remote: bool) -> None:
    mesh = Mesh(version="v1.24.6", profile=profile, values=values)
    assert is_remote(mesh.plan.revisions[0].record) == remote
    assert ("Deployment/istiod" not in objects(mesh)) == remote
    assert status([mesh.plan], {}).clusters[0].revisions[0].type == ("Remote" if remote else "Local")


@pytest.mark.parametrize("rule", ["role", "profile", "revision", "none"])
def test_a_cluster_is_remote_by_its_role_or_by_a_profile(rule: str) -> None:
    pinned = {"version": "v1.26.4", "namespace": "istio-system", "values": {"profile": "remote"}}
    revision = {"kind": "IstioRevision", "metadata": {"name": "a"}, "spec": pinned}
    text = {"profile": Mesh(profile="remote").text, "revision": yaml.safe_dump(revision)}
    found = specs(text.get(rule, Mesh().text), role="remote" if rule == "role" else "primary")
    assert is_remote_cluster(found) == (rule in ("role", "profile", "revision"))


def test_what_asks_for_a_revision_is_the_same_once_it_is_frozen() -> None:
    def one(version: str) -> str:
        return Mesh(version=version).text + "  updateStrategy: {type: RevisionBased}\n"

    before = plan(one("v1.26.3"))
    after = plan(one("v1.26.4"), inventory_of(before))
    frozen = after.revision("default-v1-26-3")
    assert (frozen.frozen, spec_title(frozen.record)) == (True, "Istio/default")
    assert spec_title(before.revisions[0].record) == "Istio/default"
