"""Objects as typed specs: defaults, and which kinds meshrev reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from render.kustomize.resource import Resource
from render.specs import kinds, schema
from render.specs.check import CheckedObject, check
from render.yamlio.location import Place

SAIL = "sailoperator.io/v1"
MESHREV = "meshrev.io/v1alpha1"


def an(kind: str, api: str, name: str = "default", **fields: Any) -> CheckedObject:
    data = {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **fields}
    return check(Resource(data, Place("a.yaml")))


def said(found: CheckedObject) -> list[str]:
    return [f"{problem.severity}: {problem.path[-1]}: {problem.message}" for problem in found.problems]


# Defaults


def test_an_istio_that_says_only_its_version_has_sails_defaults() -> None:
    found = an("Istio", SAIL, spec={"version": "v1.24-latest"})
    assert found.problems == ()
    assert found.spec == kinds.Istio(
        name="default",
        version="v1.24-latest",
        namespace="istio-system",
        profile=None,
        strategy="InPlace",
        grace_seconds=30,
        values={},
        resource=found.resource,
    )


def test_an_istio_with_every_field_keeps_them() -> None:
    strategy = {"type": "RevisionBased", "inactiveRevisionDeletionGracePeriodSeconds": 60.0}
    values = {"pilot": {"replicaCount": 2}}
    spec = {"version": "v1.24.3", "namespace": "mesh", "profile": "ambient", "updateStrategy": strategy}
    istio = an("Istio", SAIL, spec=spec | {"values": values}).spec
    assert (istio.namespace, istio.profile, istio.strategy, istio.grace_seconds) == (
        "mesh",
        "ambient",
        "RevisionBased",
        60,
    )
    assert isinstance(istio.grace_seconds, int)
    assert istio.values is values


def test_a_revision_a_tag_and_the_node_agents_have_their_fields() -> None:
    values = {"global": {"istioNamespace": "mesh"}, "revision": "one"}
    revision = an("IstioRevision", SAIL, "one", spec={"version": "v1.24.3", "namespace": "mesh", "values": values}).spec
    assert (revision.name, revision.version, revision.namespace, revision.values) == ("one", "v1.24.3", "mesh", values)
    tag = an("IstioRevisionTag", SAIL, "prod", spec={"targetRef": {"kind": "Istio", "name": "default"}}).spec
    assert (tag.name, tag.target) == ("prod", kinds.TargetRef("Istio", "default"))
    cni = an("IstioCNI", SAIL, spec={"version": "v1.24.3"}).spec
    assert (cni.namespace, cni.profile, cni.values) == ("istio-cni", None, {})
    ztunnel = an("ZTunnel", SAIL, spec={"version": "v1.24.3"}).spec
    assert (ztunnel.namespace, ztunnel.target, ztunnel.values) == ("ztunnel", None, {})


def test_a_namespace_without_labels_has_none() -> None:
    bare = check(Resource({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}, Place("a.yaml")))
    empty = check(
        Resource(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": None}, "spec": {}},
            Place("a.yaml"),
        )
    )
    assert bare.spec.labels == empty.spec.labels == bare.spec.annotations == {}


def test_a_fleet_and_a_cluster_that_say_nothing_have_defaults() -> None:
    fleet = an("Fleet", MESHREV).spec
    assert (fleet.overlays, fleet.output, fleet.source) == ("overlays/*", "rendered", kinds.ManifestSource("builtin"))
    assert (fleet.delivery, fleet.restart, fleet.keep_previous) == ("none", "none", False)
    assert fleet.forge == kinds.ForgeSettings("none", None, None, (), ())
    assert (fleet.required_version, fleet.crds, fleet.waivers) == (None, None, ())
    cluster = an("Cluster", MESHREV, "eu").spec
    assert (cluster.role, cluster.platform, cluster.mesh_id, cluster.network) == ("primary", None, None, None)
    assert (cluster.source, cluster.delivery, cluster.crds, cluster.required_version) == (None, None, None, None)


def test_a_cluster_with_every_field_keeps_them() -> None:
    crds = {"path": "crds/istio.yaml", "sha256": "0" * 64}
    spec = {"platform": "gke", "meshID": "mesh1", "network": "eu", "topology": {"role": "remote"}, "crds": crds}
    spec |= {"source": {"type": "builtin"}, "delivery": {"type": "flux"}, "requiredVersion": ">=1"}
    cluster = an("Cluster", MESHREV, "eu", spec=spec).spec
    assert (cluster.platform, cluster.mesh_id, cluster.network, cluster.role) == ("gke", "mesh1", "eu", "remote")
    assert cluster.source == kinds.ManifestSource("builtin")
    assert (cluster.delivery, cluster.crds) == ("flux", kinds.Crds("crds/istio.yaml", "0" * 64))


def shown_defaults(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if "default" in node:
        yield path, node["default"]
    for name, part in node.get("properties", {}).items():
        yield from shown_defaults(part, (*path, name))


@pytest.mark.parametrize(
    ("kind", "api", "spec"),
    [
        ("Istio", SAIL, {"version": "v1.24.3"}),
        ("IstioCNI", SAIL, {"version": "v1.24.3"}),
        ("ZTunnel", SAIL, {"version": "v1.24.3"}),
        ("Fleet", MESHREV, {}),
        ("Cluster", MESHREV, {}),
    ],
)
def test_a_default_that_the_schema_shows_is_the_one_that_is_filled_in(
    kind: str, api: str, spec: dict[str, Any]
) -> None:
    name = "eu" if kind == "Cluster" else "default"
    bare = an(kind, api, name, spec=spec).spec
    shown = list(shown_defaults(schema.schema(kind)))
    assert shown
    for path, default in shown:
        if path == ("spec", "updateStrategy", "updateWorkloads"):
            continue  # Accepted and never read.
        said: dict[str, Any] = dict(spec)
        inner = said
        for step in path[1:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = default
        explicit = an(kind, api, name, spec=said).spec
        for field in bare.__dataclass_fields__.keys() - {"resource"}:
            assert getattr(explicit, field) == getattr(bare, field), (path, field)


# Which kinds are read


def test_any_other_object_is_passed_through() -> None:
    found = an("ConfigMap", "v1", "a", data={"a": "b"})
    assert (found.kind, found.spec, found.problems) == (None, None, ())
    assert found.identity == ("", "ConfigMap", "", "a")


def test_an_object_is_the_same_in_another_version_of_its_api() -> None:
    assert an("Deployment", "apps/v1").identity == an("Deployment", "apps/v1beta1").identity
    assert an("Deployment", "apps/v1").identity != an("Deployment", "extensions/v1beta1").identity


def test_an_older_version_of_sails_api_points_to_the_one_that_is_read() -> None:
    found = an("Istio", "sailoperator.io/v1alpha1", spec={"version": "v1.24.3"})
    assert said(found) == ["error: apiVersion: sailoperator.io/v1alpha1 is not read: use sailoperator.io/v1"]
    assert found.spec is None


def test_a_mistyped_kind_of_ours_is_refused_and_not_passed_through() -> None:
    assert said(an("IstioCni", SAIL)) == [
        "error: kind: IstioCni is not a kind of sailoperator.io (did you mean IstioCNI?)"
    ]
    assert said(an("Workload", "meshrev.io/v1")) == [
        "error: kind: Workload is not a kind of meshrev.io (known: Fleet, Cluster, MeshGateway, RevisionRollout)",
        "error: apiVersion: meshrev.io/v1 is not read: use meshrev.io/v1alpha1",
    ]


def test_a_kind_of_sails_under_another_group_is_passed_through_with_a_warning() -> None:
    found = an("Istio", "operator.istio.io/v1alpha1")
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert said(an("Cluster", "cluster.x-k8s.io/v1beta1")) == []


@pytest.mark.parametrize("name", ["a/b", "../../etc/passwd", "..", ".", "a%2fb"])
def test_no_object_can_have_a_name_that_is_no_part_of_a_path(name: str) -> None:
    for found in (an("ConfigMap", "v1", name), an("Istio", SAIL, name, spec={"version": "v1.24.3"})):
        (line,) = said(found)
        assert line.startswith("error: name:")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [({}, "is missing"), ({"name": 5}, "expected text, found the number 5 (put it in quotes)")],
)
def test_an_object_without_a_name_is_refused(metadata: dict[str, Any], message: str) -> None:
    found = check(Resource({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, Place("a.yaml")))
    assert said(found) == [f"error: name: {message}"]


# Rules beyond the schema


def istio(name: str = "default", **spec: Any) -> CheckedObject:
    return an("Istio", SAIL, name, spec={"version": "v1.24.3", **spec})


def revision(name: str, values: dict[str, Any], namespace: str = "mesh") -> CheckedObject:
    return an("IstioRevision", SAIL, name, spec={"version": "v1.24.3", "namespace": namespace, "values": values})


def test_the_values_must_name_the_same_namespace_as_the_spec() -> None:
    values = {"global": {"istioNamespace": "mesh"}}
    assert said(istio(values=values)) == [
        "error: istioNamespace: must be spec.namespace, istio-system, found mesh",
    ]
    assert said(istio(values=values, namespace="mesh")) == []


def test_a_revision_must_name_its_namespace_and_itself_in_its_values() -> None:
    good = {"global": {"istioNamespace": "mesh"}, "revision": "one"}
    assert said(revision("one", good)) == []
    assert said(revision("one", {})) == [
        "error: istioNamespace: is missing (must be spec.namespace, mesh)",
        "error: revision: must be the revision's name, one, found nothing",
    ]
    assert said(revision("two", good)) == ["error: revision: must be the revision's name, two, found one"]
    assert said(revision("one", good, namespace="other")) == [
        "error: istioNamespace: must be spec.namespace, other, found mesh"
    ]


def test_the_revision_default_has_an_empty_revision_in_its_values_or_none() -> None:
    base = {"global": {"istioNamespace": "mesh"}}
    assert said(revision("default", base)) == said(revision("default", base | {"revision": ""})) == []
    assert said(revision("default", base | {"revision": "default"})) == [
        "error: revision: must be empty or absent for the revision default, found default"
    ]


def test_a_revision_name_that_makes_a_service_which_kubernetes_refuses_is_refused() -> None:
    strategy = {"type": "RevisionBased"}
    (line,) = said(istio("a" * 49, updateStrategy=strategy))
    assert "64 characters" in line and "a name of 48 fits" in line and line.startswith("error")
    (line,) = said(istio("a" * 49, updateStrategy=strategy, version="v1.28-latest"))
    assert "65 characters" in line, "the alias means v1.28.10"
    assert said(istio("a" * 48, updateStrategy=strategy)) == []


def test_the_name_of_an_istio_in_place_has_56_characters_at_most() -> None:
    (line,) = said(istio("a" * 57))
    assert line.startswith("error: name: the Service of this revision would be called istiod-aaa")
    assert said(istio("a" * 56)) == []


@pytest.mark.parametrize("name", ["a.b", "A", "a_b", "-a", "a" * 64])
def test_a_name_that_makes_no_revision_name_is_refused(name: str) -> None:
    for found in (istio(name), istio(name, updateStrategy={"type": "RevisionBased"}), revision(name, {})):
        assert "is not a DNS label" in said(found)[0]


def test_what_has_no_effect_is_a_warning_and_the_spec_is_read_all_the_same() -> None:
    found = istio(updateStrategy={"updateWorkloads": True}, values={"defaultRevision": "a", "revision": "b"})
    assert [line.split(" and has no effect")[0] for line in said(found)] == [
        "warning: updateWorkloads: is accepted",
        "warning: revision: is accepted",
        "warning: defaultRevision: is accepted",
    ]
    assert found.spec is not None
    assert said(istio(updateStrategy={"updateWorkloads": False}, values={"defaultRevision": ""})) == []


def test_a_rule_is_still_asked_where_another_field_is_broken() -> None:
    found = istio(profile="x", values={"global": {"istioNamespace": "mesh"}})
    assert [problem.path[-1] for problem in found.problems] == ["profile", "istioNamespace"]


def test_a_rule_is_not_asked_about_a_field_that_is_broken_already() -> None:
    found = istio(namespace=1, values={"global": {"istioNamespace": "mesh"}})
    assert [problem.path[-1] for problem in found.problems] == ["namespace"]


def test_values_are_checked_against_the_release_and_named_where_they_belong() -> None:
    found = istio(values={"pilot": {"autoscaleMim": 2, "env": {"ANY": "thing"}}, "autoscaleMin": 2, "pilots": {}})
    lines = said(found)
    assert "error: autoscaleMim: not a value of istiod 1.24 (did you mean autoscaleMin?)" in lines
    assert "error: autoscaleMin: not a value of istiod 1.24 (did you mean values.pilot.autoscaleMin?)" in lines
    assert "error: pilots: not a value of istiod 1.24 (did you mean pilot?)" in lines
    assert len(lines) == 3
    assert found.spec is None


def test_values_of_the_wrong_type_are_errors_also_at_the_first_level() -> None:
    assert len(said(istio(values={"pilot": 5}))) == 1
    assert len(said(istio(values={"pilot": {"autoscaleMin": "many"}}))) == 1


def test_unknown_values_can_be_allowed_and_are_warnings_then() -> None:
    found = check(istio(values={"pilot": {"autoscaleMim": 2}}).resource, allow_unknown_values=True)
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert found.spec is not None


def test_values_are_not_checked_against_a_release_that_is_not_known() -> None:
    assert [problem.code for problem in istio(version="v1.99.0", values={"nosuch": 1}).problems] == ["MR043"]


@pytest.mark.parametrize("field", ["data", "stringData"])
def test_a_secret_with_data_is_refused(field: str) -> None:
    (problem,) = an("Secret", "v1", "cacerts", **{field: {"ca-key.pem": "c2VjcmV0"}}).problems
    assert (problem.code, problem.path) == ("MR060", (field,))
    assert "c2VjcmV0" not in problem.message
    assert said(an("Secret", "v1", "cacerts", type="Opaque", **{field: {}})) == []


@pytest.mark.parametrize("name", ["shared", "delivery"])
def test_a_cluster_cannot_be_called_like_a_folder_of_the_tree(name: str) -> None:
    (line,) = said(an("Cluster", MESHREV, name))
    assert line.startswith(f"error: name: a cluster cannot be called {name}")


def test_only_charts_have_a_path_and_a_way_to_helm() -> None:
    for kind, name in (("Fleet", "f"), ("Cluster", "c")):
        assert (
            said(an(kind, MESHREV, name, spec={"source": {"type": "chart", "path": "charts", "helm": "program"}})) == []
        )
        assert said(an(kind, MESHREV, name, spec={"source": {"type": "builtin", "helm": "program"}})) == [
            "error: helm: only type chart is rendered by Helm"
        ]
        assert said(an(kind, MESHREV, name, spec={"source": {"type": "builtin", "path": "charts"}})) == [
            "error: path: only type chart has a path"
        ]


@pytest.mark.parametrize("path", ["/etc", "../out", "a/../../b", ".", "a\\b", "", "a/.."])
def test_a_path_never_leads_out_of_the_fleet(path: str) -> None:
    (line,) = said(an("Fleet", MESHREV, "f", spec={"output": path}))
    assert "is not a path inside the fleet" in line


@pytest.mark.parametrize("overlays", ["rendered/*", "rendered", "rendered/a/*"])
def test_overlays_are_not_looked_for_in_the_output(overlays: str) -> None:
    assert said(an("Fleet", MESHREV, "f", spec={"overlays": overlays})) == [
        "error: overlays: lies in the output folder, rendered, which is written and not read"
    ]
    assert said(an("Fleet", MESHREV, "f", spec={"overlays": overlays, "output": "out"})) == []
    assert said(an("Fleet", MESHREV, "f", spec={"overlays": "rendered-specs/*"})) == []


def test_overlays_have_one_star_for_each_level() -> None:
    assert said(an("Fleet", MESHREV, "f", spec={"overlays": "overlays/*/*"})) == []
    assert said(an("Fleet", MESHREV, "f", spec={"overlays": "overlays/**"})) == [
        "error: overlays: ** is not supported (write one * for each level of folders)"
    ]


@pytest.mark.parametrize(
    ("required", "message"),
    [
        (">=99", "needs meshrev >=99, and this is "),
        ("~1", "~1 is not a version specifier (PEP 440), such as >=1.0,<2"),
    ],
)
def test_a_required_version_that_is_not_met_or_not_one_is_refused(required: str, message: str) -> None:
    for kind, name in (("Fleet", "f"), ("Cluster", "c")):
        (line,) = said(an(kind, MESHREV, name, spec={"requiredVersion": required}))
        assert line.startswith(f"error: requiredVersion: {message}")
        assert said(an(kind, MESHREV, name, spec={"requiredVersion": ">=1.0,<2"})) == []


def test_a_waiver_ends_on_a_day_that_there_is() -> None:
    waiver = {"code": "MR060", "object": "Secret/a/b", "reason": "known", "until": "2026-02-30"}
    assert said(an("Fleet", MESHREV, "f", spec={"waivers": [waiver]})) == ["error: until: there is no day 2026-02-30"]
    good = an("Fleet", MESHREV, "f", spec={"waivers": [waiver | {"until": "2026-02-28"}]}).spec
    assert good.waivers == (kinds.Waiver("MR060", "Secret/a/b", "known", "2026-02-28"),)


@pytest.mark.parametrize(
    "secret", ["ghp_0123456789abcdef", "PASSWORD=hunter2", "token: hunter5", "eyJhbGciOiJIUzI1NiJ9.x"]
)
def test_what_looks_like_a_credential_is_not_repeated_in_a_message(secret: str) -> None:
    (line,) = said(istio(values={"pilot": {"env": secret}}))
    assert secret not in line
    assert "looks like a credential" in line


# Delivery


def test_a_fleet_and_a_cluster_say_how_the_tree_gets_to_its_controller() -> None:
    said_by_fleet = {"type": "argocd", "repoURL": "git@git.example.com:mesh.git", "path": "mesh/", "automated": True}
    fleet = an("Fleet", MESHREV, spec={"delivery": said_by_fleet}).spec
    assert fleet.handover == kinds.Handover(repo_url="git@git.example.com:mesh.git", path="mesh", automated=True)
    cluster = an("Cluster", MESHREV, "eu", spec={"delivery": {"namespaces": "patch", "destination": "gke-eu"}}).spec
    assert cluster.delivery is None
    assert cluster.handover == kinds.ClusterHandover(namespaces="patch", destination="gke-eu")


@pytest.mark.parametrize("interval", ["30s", "0m", "1", "1m30s", "1d"])
def test_flux_looks_at_most_once_a_minute(interval: str) -> None:
    (problem,) = an("Fleet", MESHREV, spec={"delivery": {"interval": interval}}).problems
    assert (problem.code, problem.path) == ("MR045", ("spec", "delivery", "interval"))


def test_a_password_in_the_repositorys_url_is_refused_and_not_repeated() -> None:
    url = "https://bot:hunter2@git.example.com/mesh.git"
    (problem,) = an("Fleet", MESHREV, spec={"delivery": {"type": "argocd", "repoURL": url}}).problems
    assert (problem.code, problem.severity) == ("MR062", "error")
    assert "hunter2" not in problem.message


@pytest.mark.parametrize("url", ["https://bot@git.example.com/mesh.git", "ssh://git@git.example.com:22/mesh.git"])
def test_a_user_in_the_repositorys_url_is_no_secret(url: str) -> None:
    assert an("Fleet", MESHREV, spec={"delivery": {"repoURL": url}}).problems == ()


def test_a_cluster_is_told_of_fields_that_its_controller_does_not_know() -> None:
    found = an("Cluster", MESHREV, "eu", spec={"delivery": {"type": "flux", "automated": True, "interval": "5m"}})
    assert [(one.code, one.severity, one.path[-1]) for one in found.problems] == [("MR051", "warning", "automated")]


@pytest.mark.parametrize(("kind", "name"), [("Fleet", "f"), ("Cluster", "eu")])
def test_a_source_beside_a_source_ref_is_told_of(kind: str, name: str) -> None:
    ref = {"kind": "OCIRepository", "name": "mesh"}
    both = an(kind, MESHREV, name, spec={"delivery": {"type": "flux", "source": "mesh", "sourceRef": ref}})
    assert [(one.code, one.severity, one.path[-1]) for one in both.problems] == [("MR051", "warning", "source")]
    for one in ({"source": "mesh"}, {"sourceRef": ref}):
        assert an(kind, MESHREV, name, spec={"delivery": {"type": "flux", **one}}).problems == ()
