"""Rules on releases: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.lint.rules.versions import charts_not_compared, unknown_release
from render.plan.observed.observation import Observation
from render.specs.kinds import Kubernetes
from tests.support.builders import document, istio, istio_revision, namespace, node_agent
from tests.support.lint_view import Situation, observed, places, pod, said


def mesh(version: str, *rest: str, **spec: str) -> str:
    return istio(version, strategy="InPlace", **spec) + "".join(rest)


def follows(revision: str) -> str:
    return namespace("shop", f"istio.io/rev: {revision}")


def by_revision(version: str, rest: str = "") -> str:
    return istio(version) + rest


VERSION = "Istio/default spec.version"


# MR120


def test_minors_that_are_skipped_in_place_are_an_error() -> None:
    (line,) = said("MR120", mesh("v1.26.4"), mesh("v1.24.3"))
    assert line.startswith(f"error {VERSION}: goes from v1.24.3 to v1.26.4 in place, over 2 minors")
    assert "RevisionBased" in line


def test_a_revision_of_its_own_that_is_changed_in_place_counts_too() -> None:
    now, before = istio_revision("one", "v1.27.1"), istio_revision("one", "v1.24.3")
    assert places("MR120", now, before) == ["error IstioRevision/one spec.version"]


@pytest.mark.parametrize("kind", ["IstioCNI", "ZTunnel"])
def test_minors_that_are_skipped_by_a_node_agent_are_an_error(kind: str) -> None:
    text = mesh("v1.26.4", node_agent(kind, "v1.26.4"))
    (line,) = said("MR120", text, mesh("v1.26.4", node_agent(kind, "v1.24.3")))
    assert line.startswith(f"error {kind}/default spec.version: goes from v1.24.3 to v1.26.4 in place")
    assert "RevisionBased" not in line


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (mesh("v1.25.2"), mesh("v1.24.3")),
        (mesh("v1.24.6"), mesh("v1.24.0")),
        (mesh("v1.26.4"), None),
        (by_revision("v1.26.4"), by_revision("v1.24.3")),
        (mesh("v1.24.3", node_agent("IstioCNI", "v1.25.2")), mesh("v1.24.3", node_agent("IstioCNI", "v1.24.3"))),
    ],
)
def test_one_minor_in_place_is_fine(now: str, before: str | None) -> None:
    assert said("MR120", now, *([before] if before else [])) == []


# MR121


def test_more_than_two_minors_between_revisions_are_an_error() -> None:
    (line,) = said("MR121", by_revision("v1.27.1"), by_revision("v1.24.3"))
    assert line.startswith(f"error {VERSION}: takes over from default-v1-24-3 (v1.24.3) with v1.27.1, over 3 minors")


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (by_revision("v1.26.4"), by_revision("v1.24.3")),
        (by_revision("v1.24.3"), by_revision("v1.27.1")),
        (mesh("v1.27.1"), mesh("v1.24.3")),
    ],
)
def test_two_minors_between_revisions_are_fine(now: str, before: str) -> None:
    assert said("MR121", now, before) == []


def test_a_revision_that_is_used_counts_though_a_newer_one_lies_between() -> None:
    steps = (by_revision("v1.24.3"), by_revision("v1.26.4"))
    assert said("MR121", by_revision("v1.27.1"), *steps) == []
    assert places("MR121", by_revision("v1.27.1", follows("default-v1-24-3")), *steps) == [f"error {VERSION}"]


# MR122


def test_going_back_in_place_leaves_newer_proxies() -> None:
    (line,) = said("MR122", mesh("v1.24.3"), mesh("v1.25.2"))
    assert line.startswith(f"warning {VERSION}: goes back from v1.25.2 to v1.24.3 in place")


def test_a_patch_back_in_place_is_fine() -> None:
    assert said("MR122", mesh("v1.24.1"), mesh("v1.24.3")) == []


def test_an_image_tag_that_is_newer_than_istiods_is_an_error() -> None:
    values = "{global: {tag: 1.25.2}, pilot: {tag: 1.24.3}}"
    assert places("MR122", mesh("v1.24.3", values=values)) == ["error Istio/default spec.values.global.tag"]
    older = "{pilot: {tag: 1.24.3-distroless}}"
    assert places("MR122", mesh("v1.25.2", values=older)) == ["error Istio/default spec.values.pilot.tag"]


@pytest.mark.parametrize(
    "values",
    ["{global: {tag: 1.25.2}}", "{global: {tag: 1.24.3}, pilot: {tag: 1.25.2}}", "{global: {tag: mine}}", "{}"],
)
def test_proxies_that_are_not_newer_are_fine(values: str) -> None:
    assert said("MR122", mesh("v1.25.2", values=values)) == []


def workload(image: str) -> str:
    annotation = f'{{sidecar.istio.io/proxyImage: "{image}"}}'
    spec = f"{{template: {{metadata: {{annotations: {annotation}}}}}}}"
    return document("apps/v1", "Deployment", "web", namespace="shop", spec=spec)


def test_a_workload_with_a_proxy_that_is_newer_than_every_control_plane_is_an_error() -> None:
    (place,) = places("MR122", mesh("v1.24.3", workload("docker.io/istio/proxyv2:1.25.0")))
    assert place == 'error Deployment/shop/web spec.template.metadata.annotations["sidecar.istio.io/proxyImage"]'


@pytest.mark.parametrize("image", ["docker.io/istio/proxyv2:1.24.9", "proxyv2@sha256:0123", "host:5000/proxyv2"])
def test_a_workload_with_another_image_is_fine(image: str) -> None:
    assert said("MR122", mesh("v1.24.3", workload(image))) == []


def seen(version: str) -> Observation:
    return observed("kind: Namespace\nmetadata: {name: shop}\n", [pod("shop", "default", version)])


@pytest.mark.parametrize(
    ("version", "found"),
    [
        (
            "1.25.0",
            "error Istio/default spec.version: has 1 pod of default, as observed, with a proxy of v1.25.0, newer",
        ),
        ("1.22.1", "warning Istio/default spec.version: has 1 pod of default, as observed, with a proxy of v1.22.1, 2"),
        ("1.24.9", None),
        ("1.23.0", None),
        ("latest", None),
    ],
)
def test_proxies_that_were_seen_are_compared(version: str, found: str | None) -> None:
    lines = said("MR122", mesh("v1.24.3"), observation=seen(version))
    assert [line[: len(found or "")] for line in lines] == ([found] if found else [])


# MR123 and MR124

SKEW = [("MR123", "IstioCNI"), ("MR124", "ZTunnel")]


@pytest.mark.parametrize(("code", "kind"), SKEW)
@pytest.mark.parametrize(
    ("version", "mend"), [("v1.25.2", "Leave it until that revision is retired"), ("v1.24.0", "Raise it first")]
)
def test_a_node_agent_beside_a_control_plane_that_it_does_not_know_is_an_error(
    code: str, kind: str, version: str, mend: str
) -> None:
    control_plane = "v1.24.3" if version == "v1.25.2" else "v1.26.4"
    (line,) = said(code, mesh(control_plane, node_agent(kind, version)))
    assert line.startswith(f"error {kind}/default spec.version: {version} does not work with revision default ")
    assert mend in line


@pytest.mark.parametrize(("code", "kind"), SKEW)
@pytest.mark.parametrize("control_plane", ["v1.24.3", "v1.25.2"])
def test_a_node_agent_of_the_same_minor_or_the_one_before_is_fine(code: str, kind: str, control_plane: str) -> None:
    assert said(code, mesh(control_plane, node_agent(kind, "v1.24.6"))) == []


@pytest.mark.parametrize(("code", "kind"), SKEW)
def test_every_revision_of_the_cluster_counts_and_an_unused_one_is_only_noted(code: str, kind: str) -> None:
    def now(rest: str) -> str:
        return by_revision("v1.25.2", node_agent(kind, "v1.25.2") + rest)

    before = by_revision("v1.24.3")
    assert places(code, now(""), before) == [f"info {kind}/default spec.version"]
    assert places(code, now(follows("default-v1-24-3")), before) == [f"error {kind}/default spec.version"]


# MR125


def test_a_release_is_told_of_from_the_day_that_its_support_ended() -> None:
    everything = mesh("v1.28.3", node_agent("IstioCNI", "v1.28.1") + node_agent("ZTunnel", "v1.28.1"))
    assert said("MR125", everything, today="2026-06-30") == []
    lines = said("MR125", everything, today="2026-07-01")
    assert [line.partition(" spec")[0] for line in lines] == [
        "warning Istio/default",
        "warning IstioCNI/default",
        "warning ZTunnel/default",
    ]
    assert "v1.28.3 gets no fixes any more: support of 1.28 ended on 2026-07-01" in lines[0]
    assert "(supported on 2026-07-01: 1.29, 1.30)" in lines[0]


def test_without_a_day_nothing_is_out_of_support() -> None:
    assert said("MR125", mesh("v1.23.0")) == []


def test_an_inactive_revision_counts_while_it_is_used() -> None:
    before, today = by_revision("v1.28.3"), "2026-09-01"
    (line,) = said("MR125", by_revision("v1.30.1", follows("default-v1-28-3")), before, today=today)
    assert line.startswith("warning Istio/default metadata.name: revision default-v1-28-3: v1.28.3 gets no fixes")
    assert said("MR125", by_revision("v1.30.1"), before, today=today) == []


# MR126


def test_a_release_whose_charts_nobody_compared_says_which_was() -> None:
    everything = mesh("v1.30.4", node_agent("IstioCNI", "v1.30.8") + node_agent("ZTunnel", "v1.30.3"))
    exact = "Exact are Istio's own charts (`meshrev chart pull`, and source {type: chart})"
    compared = "the nearest release whose charts the builtin manifests were compared with"
    assert said("MR126", everything) == [
        f"warning {VERSION}: v1.30.4 is rendered from the facts of v1.30.3, {compared}. {exact}",
        f"warning IstioCNI/default spec.version: v1.30.8 is rendered from the facts of v1.30.3, {compared}. {exact}",
    ]


def test_every_release_of_1_31_is_rendered_from_the_release_candidate() -> None:
    (line,) = said("MR126", mesh("v1.31.0"))
    assert "v1.31.0 is rendered from the facts of v1.31.0-rc.0" in line


def test_istios_own_charts_are_exact() -> None:
    view = Situation(mesh("v1.31.0")).view()
    (one,) = view.plan.revisions
    assert list(charts_not_compared(view))
    from_charts = replace(view.plan, revisions=(replace(one, record=replace(one.record, source="chart")),))
    assert list(charts_not_compared(replace(view, plan=from_charts))) == []


def test_a_frozen_revision_and_a_release_that_was_compared_are_not_told_of() -> None:
    assert said("MR126", by_revision("v1.30.3"), by_revision("v1.30.2")) == []
    assert said("MR126", by_revision("v1.30.3", follows("default-v1-30-5")), by_revision("v1.30.5")) == []


# MR127


def test_a_release_that_the_program_does_not_know_is_told_of_once() -> None:
    """The rule alone: how such a release is rendered is in tests/scenarios/charts (MR127)."""
    view = Situation(mesh("v1.30.3", node_agent("IstioCNI", "v1.30.3"))).view()
    assert view.plan.cni
    assert said("MR127", mesh("v1.30.3")) == []
    (one,) = view.plan.revisions
    unknown = replace(one, record=replace(one.record, version="v1.98.0"))
    plan = replace(view.plan, revisions=(unknown,), cni=replace(view.plan.cni, version="v1.98.0"))
    (found,) = unknown_release(replace(view, plan=plan))
    assert found.message.startswith("v1.98.0 is rendered from its charts, which is exact;")


# MR317
@pytest.mark.parametrize(
    ("kubernetes", "is_outside"),
    [("v1.31.9", True), ("v1.32.0", False), ("v1.36.4-eks-a1", False), ("v1.37.0", True), (None, False)],
)
def test_a_kubernetes_that_the_release_is_not_tested_with_is_told_of(kubernetes: str | None, is_outside: bool) -> None:
    cluster = {"kubernetes": Kubernetes(kubernetes) if kubernetes else None}
    found = places("MR317", mesh("v1.30.3"), cluster=cluster)
    assert found == (["warning Cluster/c spec.kubernetes.version"] if is_outside else [])


def test_a_release_of_a_node_agent_and_a_frozen_one_are_held_against_kubernetes_too() -> None:
    cluster = {"kubernetes": Kubernetes("v1.32.0")}
    agent = node_agent("IstioCNI", "v1.24.3")
    (cni,) = said("MR317", mesh("v1.30.3") + agent, cluster=cluster)
    assert cni.endswith("is v1.32.0, and Istio 1.24 (IstioCNI/default, v1.24.3) supports 1.28 to 1.31")
    (frozen,) = said("MR317", by_revision("v1.30.3"), by_revision("v1.24.3"), cluster=cluster)
    assert "(revision default-v1-24-3, v1.24.3)" in frozen
