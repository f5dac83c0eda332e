"""`meshrev diff` as a reviewer runs it, on real repositories."""

from __future__ import annotations

import hashlib
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support import builders
from tests.support.builders import document, fleet_file, namespace, node_agent, tag
from tests.support.cluster_objects import kubectl, pod
from tests.support.cluster_objects import namespace as observed_namespace
from tests.support.fleet_repo import FleetRepo, fleet_repo

EXPECTED = Path(__file__).with_name("diff")
WORKLOAD = """\
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, {labels}}}}}
    spec: {{containers: [{{name: main, image: "web:{image}"}}]}}
"""


def istio(
    version: str = "v1.24.2", strategy: str = "RevisionBased", log: str = "/a", cpu: str = "1", minimum: int = 1
) -> str:
    proxy = f"{{resources: {{limits: {{cpu: {cpu}}}}}}}"
    values = f"{{meshConfig: {{accessLogFile: {log}}}, global: {{proxy: {proxy}}}, pilot: {{autoscaleMin: {minimum}}}}}"
    return builders.istio(version, strategy=strategy, values=values)


def workload(name: str, namespace: str, labels: str = "a: b", kind: str = "Deployment", image: str = "1") -> str:
    return WORKLOAD.format(name=name, namespace=namespace, labels=labels, kind=kind, image=image)


MESH = (
    tag("default")
    + tag("prod")
    + namespace("shop", "istio-injection: enabled")
    + namespace("cart", "istio.io/rev: prod")
)
WORKLOADS = workload("web", "shop") + workload("job", "plain", "istio.io/rev: prod", "StatefulSet")


def rendered(repo: FleetRepo, message: str, **clusters: str) -> str:
    for name, specs in clusters.items():
        repo.cluster(name, specs)
    repo.meshrev("render")
    return repo.commit(message)


def plain(text: str) -> str:
    """Without the ids of commits, which are another every time."""
    return re.sub(r"\(([0-9a-f]{7})\)", "(abc1234)", text)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Two clusters that bring in 1.24.3 alike, and a third in which a value changes beside."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    specs = {name: istio() + MESH + WORKLOADS for name in ("one", "two", "three")}
    rendered(repo, "before", **specs)
    after = {name: istio("v1.24.3") + MESH + WORKLOADS for name in ("one", "two")}
    rendered(repo, "after", **after, three=istio("v1.24.3", log="/b") + MESH + WORKLOADS)
    return repo


@pytest.fixture
def upgrade(upgraded: FleetRepo, tmp_path: Path) -> FleetRepo:
    """A copy of it, to change."""
    shutil.copytree(upgraded.root, tmp_path / "fleet")
    return FleetRepo(tmp_path / "fleet")


def test_an_upgrade_reads_as_a_reviewer_needs_it(upgrade: FleetRepo) -> None:
    assert plain(upgrade.meshrev("diff", "HEAD~1", "HEAD").out) == (EXPECTED / "upgrade.txt").read_text()


def test_an_upgrade_reads_well_in_a_pull_request(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD~1", "HEAD", "--output", "markdown").out
    assert plain(out) == (EXPECTED / "upgrade.md").read_text()


def test_an_upgrade_as_data_has_everything_once(upgrade: FleetRepo) -> None:
    found = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert found["before"]["commit"] == upgrade.git("rev-parse", "HEAD~1").strip()
    assert found["clusters"] == [{"name": name, "how": "changed"} for name in ("one", "three", "two")]
    everywhere, only = found["changes"]
    assert everywhere["clusters"] == ["one", "three", "two"]
    revision = everywhere["parts"][0]
    assert (revision["kind"], revision["before"], revision["after"]) == (
        "revision",
        "default-v1-24-2",
        "default-v1-24-3",
    )
    assert len(revision["objects"]) == 17
    assert only["clusters"] == ["three"]
    (config_map,) = only["parts"][0]["objects"]
    assert config_map["changes"] == [
        {"path": "data.mesh.accessLogFile", "how": "changed", "before": "/a", "after": "/b"}
    ]
    moved = [(move["namespace"], move["workload"], move["after"]["revision"]) for move in found["moves"]]
    assert moved == [
        ("cart", None, "default-v1-24-3"),
        ("shop", None, "default-v1-24-3"),
        ("plain", "StatefulSet/job", "default-v1-24-3"),
        ("shop", "Deployment/web", "default-v1-24-3"),
    ]
    assert [restart["kubectl"][-1] for restart in found["restarts"]] == [
        "deployment,statefulset,daemonset",
        "deployment,statefulset,daemonset",
        "statefulset/job",
    ]


def test_one_cluster_can_be_looked_at_alone(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD~1", "HEAD", "--cluster", "two").out
    assert "1 of 1 cluster differs" in out
    assert "kubectl --context two -n shop rollout restart deployment,statefulset,daemonset" in out
    assert "three" not in out
    assert "there is no cluster tow" in upgrade.meshrev("diff", "HEAD~1", "--cluster", "tow", code=2).err


def test_the_way_back_is_a_diff_too(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD", "HEAD~1").out
    assert "default-v1-24-3 (v1.24.3) -> default-v1-24-2 (v1.24.2)" in out
    assert "- revision default-v1-24-3 (v1.24.3)" in out


def test_nothing_differs_between_a_revision_and_itself(upgrade: FleetRepo) -> None:
    for arguments in (["HEAD", "HEAD"], ["HEAD"], []):
        assert "no object differs in 3 clusters" in upgrade.meshrev("diff", *arguments).out
    found = upgrade.meshrev("diff", "-o", "json").json
    assert found["changes"] == found["moves"] == found["restarts"] == []
    assert "no object differs" in upgrade.meshrev("diff", "-o", "markdown").out


def test_without_a_second_revision_it_is_the_working_tree(upgrade: FleetRepo) -> None:
    upgrade.cluster("one", istio("v1.24.3", minimum=4) + MESH + WORKLOADS)
    upgrade.meshrev("render")
    out = upgrade.meshrev("diff").out
    assert "-> working tree: 1 of 3 clusters differ" in out
    assert "~ spec.minReplicas: 1 -> 4" in out
    assert "Blast radius: no namespace or workload gets another revision or version" in out
    assert "Restart: nothing has to be restarted" in out


def test_a_setting_of_the_proxy_needs_a_restart_and_one_of_istiod_does_not(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH + WORKLOADS)
    repo.cluster("one", istio(log="/other") + MESH + WORKLOADS)
    repo.meshrev("render")
    out = repo.meshrev("diff").out
    assert "~ data.mesh.accessLogFile: /a -> /other" in out
    assert "Restart: nothing has to be restarted" in out
    repo.cluster("one", istio(cpu="2") + MESH + WORKLOADS)
    repo.meshrev("render")
    out = repo.meshrev("diff").out
    assert "~ data.values.global.proxy.resources.limits.cpu: 1 -> 2" in out
    assert "Blast radius: no namespace or workload" in out
    assert "# same revision and version, other settings of the proxy:" in out
    assert "kubectl --context one -n shop rollout restart" in out
    assert "kubectl --context one -n plain rollout restart statefulset/job" in out


def test_an_upgrade_in_place_is_told_as_the_versions_before_and_after(repo: FleetRepo) -> None:
    shop = namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio(strategy="InPlace") + shop)
    rendered(repo, "after", one=istio("v1.25.1", strategy="InPlace") + shop)
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ default (v1.24.2) -> default (v1.25.1)" in out
    assert "~ revision default (v1.24.2 -> v1.25.1)" in out
    assert "in one: Deployment/istio-system/istiod" in out.split("Kubernetes itself replaces the pods of")[1]


def scaled(*values: str, version: str = "v1.24.2", strategy: str = "InPlace") -> str:
    return builders.istio(version, strategy=strategy, values=f"{{pilot: {{{', '.join(values)}}}}}")


FIXED = ("autoscaleEnabled: false", "replicaCount: 3")


def test_autoscaling_that_is_switched_on_in_place_is_told_to_drop_the_replicas(repo: FleetRepo) -> None:
    rendered(repo, "before", one=scaled(*FIXED))
    rendered(repo, "after", one=scaled("autoscaleMin: 3"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Replicas fall to 1, the API server's default, until an autoscaler raises them\n" in out
    assert "\n  in one: Deployment/istio-system/istiod: 3 -> 1\n" in out
    told = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    assert "- in one: `Deployment/istio-system/istiod: 3 -> 1`\n" in told
    (drop,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["replicas"]
    assert drop == {"clusters": ["one"], "object": "Deployment/istio-system/istiod", "before": 3, "after": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (scaled("autoscaleMin: 3"), scaled(*FIXED)),
        (scaled(*FIXED), scaled("autoscaleEnabled: false", "replicaCount: 2")),
        (scaled("autoscaleEnabled: false", "replicaCount: 1"), scaled("autoscaleMin: 3")),
        (
            scaled(*FIXED, strategy="RevisionBased"),
            scaled("autoscaleMin: 3", version="v1.24.3", strategy="RevisionBased"),
        ),
    ],
    ids=["switched off", "another number", "one before", "a new revision"],
)
def test_replicas_that_no_default_takes_the_place_of_do_not_drop(repo: FleetRepo, before: str, after: str) -> None:
    rendered(repo, "before", one=before)
    rendered(repo, "after", one=after)
    assert "Replicas fall" not in repo.meshrev("diff", "HEAD~1", "HEAD").out


def test_a_tag_that_moves_is_one_line(repo: FleetRepo) -> None:
    old = tag("prod", "default-v1-24-2", "IstioRevision") + namespace("cart", "istio.io/rev: prod")
    rendered(repo, "first", one=istio() + old)
    rendered(repo, "before", one=istio("v1.24.3") + old)
    rendered(repo, "after", one=istio("v1.24.3") + tag("prod") + namespace("cart", "istio.io/rev: prod"))
    assert "moves" not in (first := repo.meshrev("diff", "HEAD~2", "HEAD~1").out)
    assert "revision default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)" in first
    assert "Blast radius: no namespace or workload" in first
    second = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ tag prod: default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)" in second
    assert "1 namespace: cart" in second
    assert "clientConfig" not in second


def test_a_namespace_that_changes_its_label_moves(repo: FleetRepo) -> None:
    tags = tag("prod", "default-v1-24-2", "IstioRevision") + tag("next")
    rendered(repo, "first", one=istio() + tags)
    rendered(repo, "before", one=istio("v1.24.3") + tags + namespace("cart", "istio.io/rev: prod"))
    rendered(repo, "after", one=istio("v1.24.3") + tags + namespace("cart", "istio.io/rev: next"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ metadata.labels[istio.io/rev]: prod -> next" in out
    assert "~ default-v1-24-2 (v1.24.2) -> default-v1-24-3 (v1.24.3)" in out


def test_objects_that_pass_through_are_told_one_by_one(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH + workload("web", "shop") + workload("old", "shop"))
    rendered(repo, "after", one=istio() + MESH + workload("web", "shop", image="2") + workload("new", "shop"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "    + Deployment/shop/new\n" in out
    assert "    - Deployment/shop/old\n" in out
    assert "    ~ Deployment/shop/web\n      ~ spec.template.spec.containers[main].image: web:1 -> web:2\n" in out
    assert "Kubernetes itself replaces the pods of\n  in one: Deployment/shop/web\n" in out
    assert "Restart: nothing has to be restarted" in out


def test_clusters_that_come_and_go_are_told(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH, two=istio() + MESH)
    shutil.rmtree(repo.root / "rendered/two")
    shutil.rmtree(repo.root / "overlays/two")
    rendered(repo, "after", three=istio() + MESH)
    found = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert [(cluster["name"], cluster["how"]) for cluster in found["clusters"]] == [
        ("one", "unchanged"),
        ("three", "added"),
        ("two", "removed"),
    ]
    assert {restart["clusters"][0] for restart in found["restarts"]} == {"three"}
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Changes only in three" in out
    assert "+ revision default-v1-24-2 (v1.24.2)" in out
    assert "    - Deployment/istio-system/istiod-default-v1-24-2\n" in out.split("Changes only in two")[1]


def test_credentials_are_in_no_output(repo: FleetRepo) -> None:
    def config(password: str) -> str:
        return f"""\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: app, namespace: shop}}
data:
  app.yaml: |
    database: {{user: me, password: {password}}}
    url: postgres://me:{password}@db/shop
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: main
        image: web
        args: [--api-key={password}, --token, {password}]
        env: [{{name: DB_PASSWORD, value: {password}}}]
"""

    rendered(repo, "before", one=istio() + config("hunter2"))
    rendered(repo, "after", one=istio() + config("hunter3"))
    for output in ("text", "markdown", "json"):
        out = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", output).out
        assert "hunter" not in out
        assert "env[DB_PASSWORD].value" in out
        assert "(hidden)" in out


def test_markdown_keeps_to_its_limit_and_says_what_is_cut(upgrade: FleetRepo) -> None:
    whole = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    for limit in (1000, 1500, 2500):
        cut = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown", "--limit", str(limit)).out
        assert len(cut.encode()) <= limit < len(whole.encode())
        *_, last = cut.splitlines()
        said = rf"\*\*Cut:\*\* \d+ lines left out to keep within {limit} bytes. All of it: `meshrev diff HEAD~1 HEAD`"
        assert re.fullmatch(said, last)
        assert cut.count("<details>") == cut.count("</details>")
        assert len(re.findall("^```", cut, re.MULTILINE)) % 2 == 0


def test_a_file_that_no_inventory_lists_is_not_compared_but_told(upgrade: FleetRepo) -> None:
    upgrade.write("rendered/one/extra/stranger.yaml", "kind: Thing\n")
    done = upgrade.meshrev("diff")
    assert "one/extra/stranger.yaml: is in no inventory: not compared" in done.err
    assert "Thing" not in done.out


def test_a_file_that_is_no_object_any_more_is_told(upgrade: FleetRepo) -> None:
    upgrade.write("rendered/one/namespaces/shop.yaml", "<<<<<<< ours\n")
    done = upgrade.meshrev("diff")
    assert "one/namespaces/shop.yaml: is not the YAML of one object" in done.err
    assert "~ File/namespaces/shop.yaml" in done.out


def test_files_that_only_look_different_are_told(upgrade: FleetRepo) -> None:
    path = "rendered/one/namespaces/shop.yaml"
    upgrade.write(path, (upgrade.root / path).read_text() + "# by hand\n")
    out = upgrade.meshrev("diff").out
    assert "no object differs in 3 clusters" in out
    assert "Files differ but no object (inventories, formatting)\n  one\n" in out


def test_each_side_has_the_output_folder_that_its_own_fleet_names(upgrade: FleetRepo) -> None:
    upgrade.write("meshrev.yaml", fleet_file(output="made"))
    upgrade.git("mv", "rendered", "made")
    upgrade.commit("move the output")
    assert "no object differs in 3 clusters" in upgrade.meshrev("diff", "HEAD~1", "HEAD").out
    assert "3 of 3 clusters differ" in upgrade.meshrev("diff", "HEAD~2").out


def test_before_the_fleet_there_was_nothing(repo: FleetRepo) -> None:
    repo.git("rm", "-q", "--cached", "--ignore-unmatch", "meshrev.yaml")
    (repo.root / "README").write_text("x\n")
    repo.git("add", "README")
    repo.git("commit", "-qm", "no fleet yet")
    rendered(repo, "the fleet", one=istio() + MESH)
    assert "1 of 1 cluster differs" in repo.meshrev("diff", "HEAD~1", "HEAD").out
    repo.git("rm", "-q", "-r", "--cached", ".")
    assert "there is no fleet here, in HEAD~1" in repo.meshrev("diff", "HEAD~1", "HEAD~1", code=2).err


def test_a_fleet_in_a_folder_of_its_repository_is_compared_there(tmp_path: Path) -> None:
    outer = fleet_repo(tmp_path)
    inner = FleetRepo(tmp_path / "infra")
    inner.root.mkdir()
    inner.write("meshrev.yaml", fleet_file())
    rendered(inner, "before", one=istio() + MESH)
    inner.cluster("one", istio(minimum=3) + MESH)
    inner.meshrev("render")
    assert "~ spec.minReplicas: 1 -> 3" in inner.meshrev("diff").out
    assert "~ spec.minReplicas: 1 -> 3" in outer.meshrev("-C", "infra", "diff").out


def test_definitions_that_clusters_share_are_compared_with_the_release_before(repo: FleetRepo) -> None:
    def vendored(release: str, description: str) -> None:
        text = f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: things.example.io}}
spec: {{group: example.io, scope: Cluster, versions: [{{name: v1, {description}}}]}}
"""
        path = f"crds/istio-{release}.yaml"
        digest = hashlib.sha256(repo.write(path, text).read_bytes()).hexdigest()
        repo.write("meshrev.yaml", fleet_file(crds=f"{{path: {path}, sha256: {digest}}}"))

    vendored("1.24.2", "served: true")
    rendered(repo, "before", one=istio() + MESH)
    vendored("1.24.3", "served: false")
    rendered(repo, "after", one=istio() + MESH)
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Changes in one\n  ~ CRDs 1.24.2 -> 1.24.3\n" in out
    shared = out.split("Changes in what clusters share")[1]
    assert "spec.versions[v1].served: true -> false" in shared


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "nope names no commit of this repository"),
        (["mian"], "did you mean main?"),
        (["HEAD", "nope"], "nope names no commit"),
        (["HEAD~1..HEAD"], "`meshrev diff HEAD~1 HEAD`"),
        (["--", "--output=/tmp/x"], "names no commit"),
    ],
)
def test_a_wrong_revision_is_one_clear_line(upgrade: FleetRepo, arguments: list[str], said: str) -> None:
    done = upgrade.meshrev("diff", *arguments, code=2)
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert not done.out


def test_a_shallow_clone_says_how_to_get_the_rest(upgrade: FleetRepo, tmp_path: Path) -> None:
    upgrade.git("clone", "-q", "--depth=1", upgrade.root.as_uri(), str(tmp_path / "shallow"))
    done = FleetRepo(tmp_path / "shallow").meshrev("diff", "HEAD~1", code=2)
    assert "fetch-depth: 0" in done.err
    assert len(done.err.splitlines()) == 1


def test_colour_is_for_terminals_only(upgrade: FleetRepo) -> None:
    assert "\x1b" not in upgrade.meshrev("diff", "HEAD~1").out


def test_on_a_terminal_changes_are_coloured(upgrade: FleetRepo) -> None:
    from click.testing import CliRunner

    from render.cli.main import meshrev

    out = CliRunner().invoke(meshrev, ["-C", str(upgrade.root), "diff", "HEAD~1", "HEAD"], color=True).output
    assert "\x1b[32m  + revision default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)\x1b[0m" in out
    assert "\x1b[33m      ~ data.values.global.tag: 1.24.2 -> 1.24.3\x1b[0m" in out
    assert "\x1b[1mRestart: until then pods keep the proxy that they have (pods were not asked)\x1b[0m" in out


GATEWAY = document(
    "gateway.networking.k8s.io/v1",
    "Gateway",
    "public",
    namespace="infra",
    spec="{gatewayClassName: istio, listeners: []}",
)


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Two clusters that go from 1.24 to 1.25, one of them with a Gateway that the move concerns."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    shop = tag("default") + namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio() + shop + GATEWAY, two=istio() + shop)
    rendered(repo, "after", one=istio("v1.25.1") + shop + GATEWAY, two=istio("v1.25.1") + shop)
    return repo


@pytest.fixture
def crossing(crossed: FleetRepo, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(crossed.root, tmp_path / "fleet"))


def hazards_of(repo: FleetRepo, *arguments: str) -> str:
    """The part of the text that is about hazards."""
    out = repo.meshrev("diff", *arguments).out
    return out[out.index("Known hazards") : out.index("\nRestart")]


def test_the_hazards_of_an_upgrade_read_as_a_reviewer_needs_them(crossing: FleetRepo) -> None:
    assert hazards_of(crossing, "HEAD~1", "HEAD") == (EXPECTED / "hazards.txt").read_text()


def test_the_hazards_of_an_upgrade_fold_in_a_pull_request(crossing: FleetRepo) -> None:
    out = crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    found = out[out.index("**Known hazards") : out.index("<details><summary>Restart")]
    assert found == (EXPECTED / "hazards.md").read_text()


def test_hazards_as_data_agree_with_what_the_verb_hazards_says(crossing: FleetRepo) -> None:
    told = {one["clusters"][0]: one for one in crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]}
    said = crossing.meshrev("hazards", "-o", "json").json["clusters"]
    assert sorted(told) == ["one", "two"]
    for cluster in said:
        (upgrade,) = cluster["crossings"]
        found = told[cluster["name"]]
        assert (found["from"], found["to"], found["title"]) == (upgrade["from"], upgrade["to"], upgrade["title"])
        assert found["basis"] == "files"
        for field in ("id", "file", "line", "column", "object", "field", "meeting"):
            assert [one[field] for one in found["met"]] == [one[field] for one in upgrade["met"]]
        assert [one["question"] for one in found["questions"]] == [one["question"] for one in upgrade["questions"]]
        assert found["elsewhere"] == sorted(upgrade["elsewhere"])


def test_specs_of_a_commit_are_read_from_git_and_those_of_the_working_tree_from_disk(crossing: FleetRepo) -> None:
    committed = hazards_of(crossing, "HEAD~1", "HEAD")
    shutil.rmtree(crossing.root / "overlays")
    assert hazards_of(crossing, "HEAD~1", "HEAD") == committed
    alone = hazards_of(crossing, "HEAD~1")
    assert "the specs show none" not in alone
    assert "v1.24.2 -> v1.25.1 in all 2 clusters: specs could not be read, so by versions alone" in alone
    assert "more: meshrev hazards --from 1.24.2 --to 1.25.1" in alone


def test_one_cluster_with_wrong_specs_does_not_hide_the_hazards_of_the_others(crossing: FleetRepo) -> None:
    crossing.write("overlays/two/specs.yaml", "kind: Istio\n")
    found = crossing.meshrev("diff", "HEAD~1", "-o", "json").json["hazards"]
    assert {one["clusters"][0]: one["basis"] for one in found} == {"one": "files", "two": "versions"}


def test_without_a_version_that_moves_there_is_nothing_about_hazards(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH)
    rendered(repo, "after", one=istio(minimum=3) + MESH)
    repo.cluster("one", "not even specs: [")
    for output in ("text", "markdown"):
        assert "azards" not in repo.meshrev("diff", "HEAD~1", "-o", output).out
    assert repo.meshrev("diff", "HEAD~1", "-o", "json").json["hazards"] == []


def test_a_node_agent_and_an_upgrade_in_place_have_their_hazards(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio("v1.23.4", "InPlace") + node_agent("IstioCNI", "v1.23.4"))
    rendered(repo, "agent", one=istio("v1.23.4", "InPlace") + node_agent("IstioCNI", "v1.24.1"))
    rendered(repo, "plane", one=istio("v1.24.1", "InPlace") + node_agent("IstioCNI", "v1.24.1"))
    (agent,) = repo.meshrev("diff", "HEAD~2", "HEAD~1", "-o", "json").json["hazards"]
    assert agent["title"] == "IstioCNI v1.23.4 -> v1.24.1"
    assert ("cni-less-privileged", "IstioCNI/default") in [(one["id"], one["object"]) for one in agent["met"]]
    (plane,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]
    assert plane["title"] == "Istio/default v1.23.4 -> v1.24.1"
    both = repo.meshrev("diff", "HEAD~2", "HEAD", "-o", "json").json["hazards"]
    assert [one["title"] for one in both] == [plane["title"], agent["title"]]


def test_only_the_move_that_this_change_makes_is_told_of(repo: FleetRepo) -> None:
    old = tag("prod", "default-v1-24-2", "IstioRevision") + namespace("cart", "istio.io/rev: prod")
    rendered(repo, "first", one=istio("v1.24.2") + old)
    rendered(repo, "middle", one=istio("v1.24.3") + old)
    rendered(repo, "last", one=istio("v1.25.1") + old)
    (found,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["hazards"]
    assert (found["from"], found["to"]) == ("v1.24.3", "v1.25.1")
    back = repo.meshrev("diff", "HEAD", "HEAD~1", "-o", "json").json["hazards"]
    assert [(one["from"], one["to"]) for one in back] == []  # no pod follows the Istio: nothing moves back
    repo.cluster("one", istio("v1.25.1") + tag("prod") + namespace("cart", "istio.io/rev: prod"))
    repo.meshrev("render")
    (found,) = repo.meshrev("diff", "-o", "json").json["hazards"]
    assert (found["title"], found["basis"]) == ("Istio/default v1.24.2 -> v1.25.1", "files")


def observe(repo: FleetRepo, cluster: str, *pods: dict[str, Any], hours: int, folder: str = "observed") -> None:
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    said = kubectl(observed_namespace("shop", {"istio-injection": "enabled"}), *pods)
    repo.meshrev("observe", "--cluster", cluster, "--at", at, "--observed", folder, stdin=said)


def running(revision: str, version: str) -> dict[str, Any]:
    return pod("shop", revision, f"docker.io/istio/proxyv2:{version}")


def test_what_was_observed_says_how_many_pods_wait_for_a_restart(crossing: FleetRepo) -> None:
    assert "that they have (pods were not asked)" in crossing.meshrev("diff", "HEAD~1", "HEAD").out
    old, new = running("default-v1-24-2", "1.24.2"), running("default-v1-25-1", "1.25.1")
    observe(crossing, "one", old, old, new, hours=3)
    out = crossing.meshrev("diff", "HEAD~1", "HEAD").out
    assert "pods were not asked" not in out
    assert re.search(r"# pods as seen, one: observation 3h old.*; not observed: two\n", out)
    command = "kubectl --context CLUSTER -n shop rollout restart deployment,statefulset,daemonset"
    assert f"{command}  # 2 pods of shop with the old proxy in the 1 of 2 that were observed\n" in out
    assert "(basis: files, and observations of 1 cluster; pods of workloads" in out
    observe(crossing, "two", old, hours=50)
    out = crossing.meshrev("diff", "HEAD~1", "HEAD").out
    assert f"{command}  # 3 pods of shop with the old proxy\n" in out
    assert "two: observation 2d old (too old: more than 24h)" in out
    found = crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert [restart["oldPods"] for restart in found["restarts"]] == [{"one": 2, "two": 1}]
    assert [(one["cluster"], one["stale"]) for one in found["observations"]][1] == ("two", "too-old")
    assert "# 3 pods of shop with the old proxy" in crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out


def test_observations_can_lie_outside_of_the_repository(crossing: FleetRepo, tmp_path: Path) -> None:
    observe(crossing, "one", running("default-v1-24-2", "1.24.2"), hours=1, folder=str(tmp_path / "seen"))
    assert "pods were not asked" in crossing.meshrev("diff", "HEAD~1", "HEAD").out
    out = crossing.meshrev("diff", "HEAD~1", "HEAD", "--observed", str(tmp_path / "seen")).out
    assert "1 pod of shop with the old proxy" in out
    done = crossing.meshrev("diff", "--observed", str(tmp_path / "none"), code=2)
    assert "is no folder of observations" in done.err


def test_in_place_pods_are_counted_by_the_version_of_their_proxy(repo: FleetRepo) -> None:
    shop = namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio(strategy="InPlace") + shop)
    rendered(repo, "after", one=istio("v1.24.3", strategy="InPlace") + shop)
    observe(
        repo, "one", running("default", "1.24.2"), running("default", "1.24.2"), running("default", "1.24.3"), hours=1
    )
    assert "2 pods of shop with the old proxy" in repo.meshrev("diff", "HEAD~1", "HEAD").out
