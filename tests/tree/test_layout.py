from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from render.errors import InputError
from render.manifests.bundle import Bundle, Manifest
from render.tree.layout import cluster_folder, file_names, folder_path, in_order, revision_folder


def names(
    *manifests: tuple[str, str, str, str], folder: str = "revisions/a", namespace: str = "istio-system"
) -> list[str]:
    return file_names(Bundle(folder, namespace, "Istio/a", tuple(Manifest(*each, json="{}") for each in manifests)))


def test_kind_and_name_make_the_file_name() -> None:
    assert names(("ServiceAccount", "istiod", "istio-system", ""), ("ClusterRole", "istiod", "", "rbac")) == [
        "serviceaccount-istiod.yaml",
        "clusterrole-istiod.yaml",
    ]


def test_the_namespace_is_added_where_it_is_not_the_folders_own() -> None:
    assert names(("Role", "a", "istio-system", "rbac"), ("Role", "a", "kube-system", "rbac")) == [
        "role-a.yaml",
        "role-a_kube-system.yaml",
    ]


def test_the_group_is_added_where_two_kinds_share_a_name() -> None:
    assert names(
        ("Gateway", "a", "istio-system", "networking.istio.io"),
        ("Gateway", "a", "istio-system", "gateway.networking.k8s.io"),
        ("Gateway", "b", "istio-system", "networking.istio.io"),
        ("Service", "a", "istio-system", ""),
        ("Service", "a", "istio-system", "serving.knative.dev"),
    ) == [
        "gateway.networking.istio.io-a.yaml",
        "gateway.gateway.networking.k8s.io-a.yaml",
        "gateway-b.yaml",
        "service-a.yaml",
        "service.serving.knative.dev-a.yaml",
    ]


def test_an_object_without_namespace_and_one_in_the_folders_own_do_not_meet() -> None:
    assert names(("Thing", "a", "", "x"), ("Thing", "a", "istio-system", "x")) == [
        "%54hing.x-a.yaml",
        "%54hing.x-a_istio-system.yaml",
    ]


def test_a_namespace_has_the_name_of_its_file() -> None:
    assert names(("Namespace", "shop", "", ""), folder="namespaces", namespace="") == ["shop.yaml"]


def test_a_namespace_never_takes_the_place_of_another_file() -> None:
    assert names(
        ("Namespace", "kustomization", "", ""),
        ("Namespace", "service-a", "", ""),
        ("Service", "a", "", ""),
        ("Namespace", "namespace-service-a", "", ""),
        folder="namespaces",
        namespace="",
    ) == [
        "namespace-kustomization.yaml",
        "namespace-service-a.yaml",
        "service-a.yaml",
        "namespace-namespace-service-a.yaml",
    ]


def test_unsafe_characters_are_escaped() -> None:
    assert names(("ClusterRole", "system:auth/Über_x", "", "rbac")) == [
        "clusterrole-system%3aauth%2f%c3%9cber%5fx.yaml"
    ]
    assert folder_path("tags/../../etc") == "tags/%2e./%2e./etc"
    assert folder_path("gateways/.git") == "gateways/%2egit"


def test_one_identity_twice_is_refused_and_named() -> None:
    with pytest.raises(InputError, match="Role/istio-system/a: revisions/a would hold this object 2 times"):
        names(
            ("Role", "a", "istio-system", "x"), ("Role", "b", "istio-system", "x"), ("Role", "a", "istio-system", "x")
        )


@pytest.mark.parametrize("cluster", ["", ".", "..", "a/b", "/a", "../a", ".meshrev", "a\0b", "a b", "-a", "a" * 256])
def test_a_cluster_that_cannot_be_a_folder_is_refused(cluster: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a cluster's folder"):
        cluster_folder(cluster)


@pytest.mark.parametrize("folder", ["", "/a", "a//b", "a/"])
def test_a_folder_without_a_name_is_refused(folder: str) -> None:
    with pytest.raises(InputError, match="a part of it has no name"):
        folder_path(folder)


def test_folders_come_in_the_order_of_application() -> None:
    shuffled = ["extra", "tags/b", "zoo", "namespaces", "tags/a", "ztunnel", "gateways/x", "cni", "revisions/r", "mesh"]
    assert in_order(shuffled) == [
        *("revisions/r", "cni", "ztunnel", "mesh", "tags/a", "tags/b", "gateways/x", "namespaces", "zoo", "extra")
    ]


words = st.sampled_from(["a", "A", "b", "a-b", "a.b", "a_b", "namespace", "service", "kustomization", "ns", "x" * 250])
fields = (
    words | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6) | st.text("aB-._%", min_size=1)
)
identities = st.tuples(
    fields | st.sampled_from(["Namespace", "Service"]), fields, fields | st.just(""), fields | st.just("")
)


@given(
    objects=st.lists(identities, unique=True, max_size=12),
    folder=st.sampled_from(["namespaces", "extra"]),
    namespace=fields | st.just(""),
)
def test_names_never_meet_and_lead_nowhere(
    objects: list[tuple[str, str, str, str]], folder: str, namespace: str
) -> None:
    # Kubernetes has its kinds in a group by their exact name; the order here is kind, name, namespace, group.
    made = names(*objects, folder=folder, namespace=namespace)
    taken = {"kustomization.yaml", "inventory.jsonl", *(name.lower() for name in made)}
    assert len(taken) == len(objects) + 2
    for name in made:
        assert re.fullmatch(r"[a-z0-9%_~-][a-z0-9%._~-]*\.yaml", name)
        assert len(name) <= 255


@given(kind=st.from_regex(r"[A-Z][A-Za-z]{0,8}", fullmatch=True), name=fields, namespace=fields, group=fields)
def test_a_name_reads_back_to_its_object(kind: str, name: str, namespace: str, group: str) -> None:
    assume(namespace != "own")
    there = (kind, name, namespace, group)
    (made, _) = names(there, (kind, name, namespace, f"{group}.other"), namespace="own")
    stem = made.removesuffix(".yaml")
    if "~" in stem:  # too long for a file name: its beginning and a digest
        assert len(made) == 255
        return
    front, _, rest = stem.partition("-")
    kind_field, _, group_field = front.partition(".")
    name_field, _, namespace_field = rest.partition("_")
    back = [unquote(field) for field in (kind_field, name_field, namespace_field, group_field)]
    assert back == [kind.lower(), name, namespace, group]


@given(first=fields, second=fields)
def test_two_revisions_never_share_a_folder(first: str, second: str) -> None:
    if "/" in first + second:
        return
    same = revision_folder(first).lower() == revision_folder(second).lower()
    assert same == (first == second)


def test_names_do_not_depend_on_the_order_of_objects() -> None:
    objects = [("Gateway", "a", "n", "x.io"), ("Gateway", "a", "n", "y.io"), ("Service", "a", "n", "")]
    manifests = tuple(Manifest(*each, json="{}") for each in objects)
    bundle = Bundle("extra", "n", "", manifests)
    backwards = replace(bundle, manifests=manifests[::-1])
    assert file_names(backwards) == file_names(bundle)[::-1]
