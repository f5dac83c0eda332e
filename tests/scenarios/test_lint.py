"""`meshrev lint` as a person and a pipeline run it."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import Any

import pytest
from click.testing import CliRunner

from render.cli.main import meshrev
from tests.support import builders
from tests.support.builders import document, fleet_file, kustomization, namespace, node_agent, tag
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo

SECRET = document("v1", "Secret", "s", namespace="shop", data="{a: Yg==}")
MESHREV_YAML = fleet_file().partition("spec:")[0]
TODAY = ("--today", "2026-06-01")  # 1.30 is supported, and so is 1.29


def istio(version: str = "v1.30.1", strategy: str = "InPlace", name: str = "default", **spec: str) -> str:
    return builders.istio(version, name, strategy, **spec)


def shop(*labels: str) -> str:
    return namespace("shop", *labels)


def fleet(repo: FleetRepo, spec: str) -> None:
    repo.write("meshrev.yaml", f"{MESHREV_YAML}spec:\n{spec}")


def linted(repo: FleetRepo, *arguments: str, code: int | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and object of each finding but the note on definitions (MR133). Run in this process: quicker."""
    with contextlib.chdir(repo.root):
        done = CliRunner().invoke(meshrev, ["lint", *TODAY, "-o", "json", *arguments])
    assert code is None or done.exit_code == code, done.output
    found = json.loads(done.stdout)["findings"]
    return [(one["severity"], one["code"], one.get("object", "")) for one in found if one["code"] != "MR133"]


SHOP = "Namespace/shop"


# What there is to see


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


# Exit codes


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


# What the plan and the proof say


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


# What the tree held before

ARGOCD = "  delivery: {type: argocd, repoURL: https://git.example.com/mesh.git}\n"


def upgraded(repo: FleetRepo, before: str, after: str) -> None:
    """A tree that was rendered and committed, and specs that changed since."""
    fleet(repo, ARGOCD)
    repo.cluster("one", before)
    repo.meshrev("render")
    repo.commit("before")
    repo.cluster("one", after)


SKIPPED = (istio("v1.28.3"), istio("v1.30.1"))
RELABELLED = (istio() + shop("istio-injection: enabled"), istio() + shop("istio.io/rev: default"))


@pytest.mark.parametrize(
    ("change", "found"),
    [(SKIPPED, ("error", "MR120", "Istio/default")), (RELABELLED, ("error", "MR102", SHOP))],
)
def test_a_move_is_seen_from_the_tree_and_after_rendering_from_a_revision_of_it(
    repo: FleetRepo, change: tuple[str, str], found: tuple[str, str, str]
) -> None:
    upgraded(repo, *change)
    assert found in linted(repo)
    repo.meshrev("render")
    assert found not in linted(repo)
    assert found in linted(repo, "--base", "HEAD")
    repo.commit("after")
    assert found in linted(repo, "--base", "HEAD~1")
    assert found not in linted(repo, "--base", "HEAD")


def test_a_node_agent_of_the_tree_before_is_known(repo: FleetRepo) -> None:
    before, after = (istio(version) + node_agent("IstioCNI", version) for version in ("v1.28.3", "v1.30.1"))
    upgraded(repo, before, after)
    assert ("error", "MR120", "IstioCNI/default") in linted(repo)
    repo.meshrev("render")
    assert ("error", "MR120", "IstioCNI/default") in linted(repo, "--base", "HEAD")


def test_a_cluster_that_is_new_has_nothing_before(repo: FleetRepo) -> None:
    upgraded(repo, istio(), istio())
    repo.cluster("new", istio())
    repo.meshrev("render")
    assert linted(repo, "--base", "HEAD", code=0) == []


def test_a_revision_that_git_does_not_know_is_refused(repo: FleetRepo) -> None:
    upgraded(repo, istio(), istio())
    assert "nosuch names no commit" in repo.meshrev("lint", "--base", "nosuch", code=2).err


def test_a_revision_that_is_kept_still_has_its_service_and_its_webhooks(repo: FleetRepo) -> None:
    rest = tag("default", "default-v1-29-2", "IstioRevision") + shop("istio.io/rev: default-v1-29-2")
    upgraded(repo, istio("v1.29.2", "RevisionBased") + rest, istio("v1.30.1", "RevisionBased") + rest)
    for _ in range(2):
        found = [code for _, code, _ in linted(repo)]
        assert "MR112" in found
        assert not {"MR078", "MR079", "MR140"} & set(found)
        repo.meshrev("render")


def test_hazards_of_an_upgrade_that_the_fleet_meets_are_findings(repo: FleetRepo) -> None:
    upgraded(repo, istio("v1.24.3", "RevisionBased"), istio("v1.26.0", "RevisionBased"))
    found = repo.meshrev("lint", *TODAY, "-o", "json", code=1).json["findings"]
    hazards = [one for one in found if one["code"] == "MR180"]
    assert {one["severity"] for one in hazards} == {"error", "info"}
    errors = [one["message"] for one in hazards if one["severity"] == "error"]
    assert errors
    assert all("(outage)" in message or "(security)" in message for message in errors)
    repo.cluster("one", istio("v1.26.0", "RevisionBased", "fresh"))
    shutil.rmtree(repo.root / "rendered")
    assert "MR180" not in [code for _, code, _ in linted(repo)]


def test_what_was_seen_in_the_cluster_counts(repo: FleetRepo) -> None:
    fleet(repo, ARGOCD)
    repo.cluster("one", istio() + shop("istio.io/rev: default"))
    metadata = {"name": "shop", "labels": {"istio-injection": "enabled"}}
    live = {"kind": "List", "items": [{"kind": "Namespace", "apiVersion": "v1", "metadata": metadata}]}
    repo.meshrev("observe", "--cluster", "one", stdin=json.dumps(live))
    assert ("error", "MR102", SHOP) in linted(repo)
    (repo.root / "observed").rename(repo.root / "seen")
    assert ("error", "MR102", SHOP) not in linted(repo)
    assert ("error", "MR102", SHOP) in linted(repo, "--observed", "seen")


# Clusters beside each other


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


# Severities and waivers


def waived(*waivers: str) -> str:
    return "  waivers:\n" + "".join(f"  - {{{waiver}, reason: it is known}}\n" for waiver in waivers)


def test_the_fleet_decides_how_serious_a_code_is(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"') + namespace("plain"))
    fleet(repo, "  lint: {severity: {MR104: error, MR103: off, MR199: info}}\n")
    assert linted(repo, code=1) == [("warning", "MR192", "Fleet/test"), ("error", "MR104", SHOP)]


def test_a_severity_that_is_none_is_refused(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    fleet(repo, "  lint: {severity: {MR104: fatal}}\n")
    done = repo.meshrev("lint", code=2)
    assert "spec.lint.severity.MR104: fatal is not one of error, warning, info, off" in done.err


def test_a_waiver_is_judged_by_the_day_of_the_commit(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    fleet(repo, waived(f"code: MR104, object: {SHOP}, until: 2026-05-31"))
    repo.commit("waive it")
    for day, found in (("2026-05-31T23:30:00+00:00", []), ("2026-06-01T00:30:00+00:00", ["MR190", "MR104"])):
        repo.git("commit", "--amend", "-q", "--no-edit", "--date", day)
        result = repo.meshrev("lint", "-o", "json", code=0).json
        assert result["today"] == day[:10]
        assert [one["code"] for one in result["findings"] if one["code"] != "MR133"] == found
        assert [(one["code"], one["reason"], one["until"]) for one in result["waived"]] == (
            [] if found else [("MR104", "it is known", "2026-05-31")]
        )


def test_a_waiver_that_accepts_nothing_is_noted(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    fleet(repo, waived("code: MR104", "code: MR104, object: Namespace/gone", "code: MR051"))
    done = repo.meshrev("lint", *TODAY, code=0)
    assert [line[11:25] for line in done.out.splitlines() if "MR191" in line] == ["info    MR191 "] * 2
    assert done.out.endswith("3 notes in 1 cluster; 1 waived\n")
    assert linted(repo, "--cluster", "one") == []


def test_a_waiver_of_what_reading_the_specs_says_matches_too(repo: FleetRepo) -> None:
    repo.cluster("one", istio(values="{revision: x}") + SECRET)
    fleet(repo, waived("code: MR051, object: Istio/default", "code: MR060, until: 2026-12-31"))
    assert linted(repo, code=0) == []
    assert linted(repo, "--today", "2027-01-01", code=1) == [
        ("warning", "MR190", "Fleet/test"),
        ("error", "MR060", "Secret/shop/s"),
    ]


def test_without_a_commit_and_a_day_nothing_is_judged_by_one(repo: FleetRepo) -> None:
    repo.cluster("one", istio("v1.24.3") + shop('istio-injection: "on"'))
    fleet(repo, waived("code: MR104, until: 2000-01-01"))
    done = repo.meshrev("lint", code=0)
    assert "MR125" not in done.out
    assert "MR104" not in done.out
    assert done.out.endswith(
        "(no commit says a date, so neither waivers nor support were judged by one: --today does)\n"
    )


@pytest.mark.parametrize("day", ["2026-13-01", "tomorrow", "20260101"])
def test_a_day_that_is_none_is_refused(repo: FleetRepo, day: str) -> None:
    assert "is not a day: write it as 2026-08-22" in repo.meshrev("lint", "--today", day, code=2).err


# For programs


def outputs(repo: FleetRepo, output: str) -> str:
    repo.cluster("one", istio() + shop("istio.io/rev: nosuch"))
    return repo.meshrev("lint", *TODAY, "-o", output, code=1).out


def test_json_has_the_page_of_each_rule(repo: FleetRepo) -> None:
    found: dict[str, Any] = json.loads(outputs(repo, "json"))
    assert (found["today"], found["clusters"], found["unread"], found["waived"]) == ("2026-06-01", ["one"], [], [])
    (one,) = [finding for finding in found["findings"] if finding["code"] == "MR076"]
    assert one["page"] == "docs/rules/MR076.md"
    assert (one["file"], one["line"], one["column"]) == ("overlays/one/specs.yaml", 9, 33)
    assert one["field"] == 'metadata.labels["istio.io/rev"]'


def test_sarif_has_a_result_for_each_finding(repo: FleetRepo) -> None:
    (run,) = json.loads(outputs(repo, "sarif"))["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("MR133", "note"), ("MR076", "error")]


def test_github_shows_each_finding_beside_its_line(repo: FleetRepo) -> None:
    first, second = outputs(repo, "github").splitlines()
    assert first.startswith("::notice file=meshrev.yaml,line=4,col=1,title=MR133 Nobody delivers Istio's Custom")
    assert second.startswith("::error file=overlays/one/specs.yaml,line=9,col=33,title=MR076 A namespace follows a ")
    assert '::Namespace/shop: metadata.labels["istio.io/rev"]: follows nosuch' in second


def test_linting_writes_nothing(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    repo.commit("specs")
    repo.meshrev("lint", *TODAY, code=0)
    assert repo.git("status", "--porcelain", "--ignored") == ""


@pytest.fixture
def delivered(repo: FleetRepo) -> FleetRepo:
    """Two clusters of Flux, committed."""
    repo.write("meshrev.yaml", fleet_file(delivery="{type: flux}"))
    for name in ("one", "two"):
        repo.cluster(name, istio() + namespace("shop", "istio-injection: enabled"))
    repo.meshrev("render")
    repo.commit("delivered")
    return repo


def hidden(repo: FleetRepo, patterns: str, file: str = ".sourceignore") -> list[tuple[str, str]]:
    repo.write(file, patterns)
    found = repo.meshrev("lint", "-o", "json", code=None).json["findings"]
    return [(one["severity"], one["file"]) for one in found if one["code"] == "MR188"]


def test_a_sourceignore_that_hides_the_output_from_flux_is_an_error(delivered: FleetRepo) -> None:
    assert hidden(delivered, "*.md\n/base/\ninventory.jsonl\n") == []
    assert hidden(delivered, "/*\n!/rendered/\n") == []
    found = {(severity, file.split("/")[1]) for severity, file in hidden(delivered, "/rendered/\n")}
    assert found == {("error", "one"), ("error", "two")}


def test_a_sourceignore_counts_in_every_folder(delivered: FleetRepo) -> None:
    found = hidden(delivered, "namespaces/\n", "rendered/one/.sourceignore")
    assert found == [("error", "rendered/one/namespaces/kustomization.yaml")]


def test_a_sourceignore_is_nothing_to_a_fleet_without_flux(delivered: FleetRepo) -> None:
    delivered.write("meshrev.yaml", fleet_file(delivery="{type: none}"))
    assert hidden(delivered, "/rendered/\n") == []
