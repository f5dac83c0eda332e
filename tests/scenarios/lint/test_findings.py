"""`meshrev lint` on a whole fleet: what it looks at, and what it finds."""

from __future__ import annotations

import shutil

from tests.scenarios.lint.linted_fleets import SHOP, TODAY, istio, linted, shop
from tests.support.builders import fleet_file, kustomization, namespace, tag
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo


def test_the_example_fleet_has_no_errors(repo: FleetRepo) -> None:
    for part in ("base", "overlays", "rendered"):
        shutil.copytree(ROOT / part, repo.root / part)
    repo.write("meshrev.yaml", (ROOT / "meshrev.yaml").read_text())
    done = repo.meshrev("lint", "--today", "2025-01-01", code=0)
    assert done.out.endswith("1 note in 3 clusters\n")
    assert repo.meshrev("lint", "--today", "2026-11-21", code=0).out.count("MR125") == 2


def test_findings_stand_below_their_file_with_line_severity_and_code(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"') + namespace("plain"))
    done = repo.meshrev("lint", *TODAY, code=0)
    lines = done.out.splitlines()
    assert lines[0] == "meshrev.yaml"
    assert lines[1].startswith("  4:1      info    MR133  Fleet/test: spec.crds: names no CustomResourceDefinitions")
    assert lines[2] == "overlays/one/specs.yaml"
    assert lines[3].startswith(
        "  9:33     warning MR104  Namespace/shop: metadata.labels.istio-injection: on means disabled"
    )
    assert lines[4].startswith("  13:1     info    MR103  Namespace/plain: metadata.labels: no label says")
    assert lines[5:] == ["1 warning, 2 notes in 1 cluster"]
    assert "\033" not in done.out


def test_what_is_the_same_in_many_clusters_is_said_once(repo: FleetRepo) -> None:
    repo.write("base/specs.yaml", istio() + shop('istio-injection: "on"'))
    repo.write("base/kustomization.yaml", kustomization("specs.yaml"))
    names = [f"c{number}" for number in range(7)]
    for name in names:
        repo.cluster(name, tag(f"only-{name}") if name == "c3" else "")
        repo.write(f"overlays/{name}/kustomization.yaml", "resources: [../../base, specs.yaml]\n")
    repo.cluster("other", istio())
    done = repo.meshrev("lint", *TODAY, code=0)
    (line,) = [line for line in done.out.splitlines() if "MR104" in line]
    assert line.endswith("Write enabled or disabled (7 clusters: c0, c1, c2, c3, c4 and 2 more)")
    (line,) = [line for line in done.out.splitlines() if "MR133" in line]
    assert line.endswith("(all 8 clusters)")
    findings = repo.meshrev("lint", *TODAY, "-o", "json").json["findings"]
    assert [one["clusters"] for one in findings if one["code"] == "MR104"] == [names]


def test_only_the_named_clusters_are_looked_at(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    repo.cluster("two", istio() + shop('istio-injection: "on"'))
    assert linted(repo, "--cluster", "one") == []
    assert linted(repo, "--cluster", "two") == [("warning", "MR104", SHOP)]
    assert "no cluster three" in repo.meshrev("lint", "--cluster", "three", code=2).err


def test_a_cluster_is_found_by_its_name_and_not_by_a_folder_that_is_called_so(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    repo.cluster("two", istio())
    for folder, name in (("one", "two"), ("two", "one")):
        file = repo.root / f"overlays/{folder}/cluster.yaml"
        file.write_text(file.read_text().replace(f"name: {folder}", f"name: {name}"))
    assert linted(repo, "--cluster", "one") == []
    assert linted(repo, "--cluster", "two") == [("warning", "MR104", SHOP)]


def test_a_named_cluster_is_told_of_what_its_kustomization_does_in_vain(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    file = repo.root / "overlays/one/kustomization.yaml"
    file.write_text(file.read_text() + "patches:\n- target: {kind: Nothing}\n  patch: '[]'\n")
    for verb in ("lint", "render"):
        done = repo.meshrev(verb, "--cluster", "one")
        assert "selects no object, so the patch does nothing" in done.out + done.err


def test_an_error_makes_the_exit_code_one_and_a_warning_does_when_strict(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    assert linted(repo, code=0) == [("warning", "MR104", SHOP)]
    assert linted(repo, "--strict", code=1)
    repo.cluster("one", istio() + shop("istio.io/rev: nosuch"))
    assert linted(repo, code=1) == [("error", "MR076", SHOP)]


def test_specs_that_cannot_be_read_are_findings_too_and_others_are_looked_at(repo: FleetRepo) -> None:
    repo.cluster("broken", istio(version="v1.24.99"))
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    done = repo.meshrev("lint", *TODAY, code=2)
    assert (
        "overlays/broken/specs.yaml\n  5:8      error   MR043  Istio/default: spec.version: v1.24.99 is not known"
        in done.out
    )
    assert "MR104" in done.out
    assert done.out.endswith("not looked at, because their specs cannot be read: broken\n")
    found = repo.meshrev("lint", *TODAY, "-o", "json", code=2).json
    assert found["unread"] == ["broken"]


def test_two_clusters_of_one_name_are_an_error(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    repo.cluster("two", istio())
    repo.write("overlays/two/cluster.yaml", (repo.root / "overlays/one/cluster.yaml").read_text())
    assert linted(repo, code=1) == [("error", "MR055", "")]


def test_a_cluster_that_needs_another_program_is_left_out(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    repo.cluster("next", istio(), requiredVersion='">=99"')
    assert linted(repo, code=0) == [("warning", "MR058", "Cluster/next")]
    assert linted(repo, "--cluster", "next", code=2) == [("error", "MR058", "Cluster/next")]


def test_without_a_fleet_there_is_nothing_to_look_at(repo: FleetRepo) -> None:
    (repo.root / "meshrev.yaml").unlink()
    assert repo.meshrev("lint", code=2).err.startswith("meshrev.yaml: there is no fleet here")


def test_what_the_plan_says_is_said_once(repo: FleetRepo) -> None:
    repo.cluster("one", istio(strategy="RevisionBased") + tag("default") + tag("default-v1-30-1"))
    assert linted(repo, code=1) == [("error", "MR074", "IstioRevisionTag/default-v1-30-1")]


def test_a_tag_that_is_gone_while_a_namespace_follows_it_is_an_error(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + tag("prod") + shop("istio.io/rev: prod"))
    repo.meshrev("render")
    repo.cluster("one", istio() + shop("istio.io/rev: prod"))
    assert linted(repo, code=1) == [("error", "MR075", SHOP)]


def test_webhooks_that_overlap_are_an_error(repo: FleetRepo) -> None:
    webhook = """\
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: istio-sidecar-injector-mine, labels: {istio.io/rev: mine}}
webhooks:
- name: namespace.sidecar-injector.istio.io
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: istiod, namespace: istio-system}}
  namespaceSelector: {matchLabels: {istio-injection: enabled}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""
    repo.cluster("one", istio() + webhook)
    assert linted(repo, code=1) == [("error", "MR078", "Cluster/one")]


def test_a_tag_that_is_a_revision_in_another_cluster_is_told_of(repo: FleetRepo) -> None:
    repo.cluster("eu", istio() + tag("stable"))
    repo.cluster("us", istio(name="stable") + tag("default", "stable"))
    found = repo.meshrev("lint", *TODAY, "-o", "json").json["findings"]
    assert [(one["object"], one["clusters"]) for one in found if one["code"] == "MR113"] == [
        ("IstioRevisionTag/stable", ["eu"])
    ]


def test_two_clusters_that_argo_cd_brings_to_one_destination_are_an_error(repo: FleetRepo) -> None:
    repo.write("meshrev.yaml", fleet_file(delivery="{type: argocd, repoURL: 'https://git.example.com/m.git'}"))
    repo.cluster("eu", istio())
    repo.cluster("us", istio(), delivery="{destination: eu}")
    found = repo.meshrev("lint", *TODAY, "-o", "json", code=1).json["findings"]
    assert [(one["file"], one["field"], one["clusters"]) for one in found if one["code"] == "MR183"] == [
        ("overlays/us/cluster.yaml", "spec.delivery.destination", ["us"])
    ]
