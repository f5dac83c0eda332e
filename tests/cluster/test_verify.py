"""What `verify` says of a cluster is what is so there, and asking leaves no trace."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from render.operations.observe.run import OBJECTS_WAY
from tests.support.builders import fleet_file, istio, namespace, tag
from tests.support.cluster import pods
from tests.support.cluster.api import DELIVERER, Api
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.documented import documented_commands
from tests.support.cluster.peers import kubectl
from tests.support.fleet_repo import Done, FleetRepo, fleet_repo

VALUES = "{pilot: {env: {PILOT_X: '1'}, nodeSelector: {disk: ssd}, podAnnotations: {team: mesh}}}"
ISTIOD = "Deployment/istio-system/istiod-default-v1-30-2"
TAG = "MutatingWebhookConfiguration/istio-revision-tag-default"
VALIDATOR = "ValidatingWebhookConfiguration/istiod-default-validator"
FOUND = ("refused", "conflicts", "leftFields", "leftObjects")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A person at a prompt in a fleet of one cluster, `one`, with a kubeconfig that leads to it."""

    repo: FleetRepo
    api: Api
    environment: dict[str, str]

    def render(self, values: str = "{}") -> list[dict[str, Any]]:
        """Render a tag `default` and two namespaces, with values of istiod's; returns the objects of the tree."""
        specs = istio("v1.30.2", namespace="istio-system", values=values) + tag("default")
        self.repo.cluster("one", specs + namespace("cart", "istio.io/rev: default"))
        self.repo.meshrev("render")
        return tree_objects(self.repo.root / "rendered/one")

    def deliver(self, objects: list[dict[str, Any]], manager: str = DELIVERER) -> None:
        for item in objects:
            self.api.apply(item, manager)

    def verify(self, *options: str, code: int = 0) -> Done:
        context = json.loads(self.api.kubeconfig.read_text())["current-context"]
        return self.repo.meshrev("verify", "--context", context, *options, code=code, **self.environment)

    def found(self, code: int = 1) -> dict[str, Any]:
        """Returns what `verify` has to say, without what it has nothing of."""
        answer = self.verify("--output", "json", code=code).json
        return {name: answer[name] for name in FOUND if answer[name]}


@pytest.fixture
def prompt(cluster: Api, tmp_path_factory: pytest.TempPathFactory, kubeconfig: Path) -> Iterator[Prompt]:
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"), delivery="{type: argocd}")
    repo.write("meshrev.yaml", fleet_file(delivery="{type: argocd}"))
    programs = tmp_path_factory.mktemp("programs")
    (programs / "kubectl").symlink_to(kubectl())
    git = Path(shutil.which("git") or "").parent
    yield Prompt(repo, cluster, {"PATH": f"{programs}:{git}", "HOME": str(programs), "KUBECONFIG": str(kubeconfig)})


@pytest.fixture
def delivered(prompt: Prompt) -> Prompt:
    """The cluster is as its tree says, and nobody but the deliverer wrote there."""
    prompt.api.apply(pods.namespace("istio-system"))
    prompt.deliver(prompt.render())
    return prompt


def test_of_a_cluster_that_is_as_its_tree_says_there_is_nothing_to_say(delivered: Prompt) -> None:
    assert delivered.found(code=0) == {}
    assert delivered.verify().out.endswith("nothing to say\n")


def test_nothing_is_written_and_nothing_is_sent_that_is_not_a_dry_run(delivered: Prompt, logs: Path) -> None:
    if not (log := logs / "audit.log").exists():
        pytest.skip("the audit log is that of a cluster of our own")
    items = delivered.render(VALUES)
    before = [delivered.api.get(delivered.api.path(item)) for item in items]
    delivered.deliver(items[:1], "somebody")  # so that there is a conflict, and something to look into
    size = log.stat().st_size
    delivered.verify(code=None)
    with log.open() as lines:
        lines.seek(size)
        writes = [entry for line in lines if "httpx" in (entry := json.loads(line)).get("userAgent", "")]
    assert len(writes) >= len(items)
    assert {entry["verb"] for entry in writes} <= {"patch", "create"}
    assert [entry["requestURI"] for entry in writes if "dryRun=All" not in entry["requestURI"]] == []
    after = [delivered.api.get(delivered.api.path(item)) for item in items]
    assert [without_status(item) for item in after[1:]] == [without_status(item) for item in before[1:]]


def test_of_an_empty_cluster_the_missing_namespace_is_told_and_all_else_is_new(prompt: Prompt) -> None:
    items = prompt.render()
    answer = prompt.verify("--output", "json", code=1).json
    inside = [item for item in items if item["metadata"].get("namespace") == "istio-system"]
    assert {one["message"] for one in answer["refused"]} == {
        "namespace istio-system is not there: nothing can be asked of what is in it"
    }
    assert len(answer["refused"]) == len(inside)
    assert len(answer["new"]) == len(items) - len(inside)


def test_what_a_server_does_not_take_is_refused_in_its_words(delivered: Prompt) -> None:
    delivered.render("{pilot: {ipFamilies: [IPv6]}}")  # which this cluster has not: only it knows
    refused = delivered.found()["refused"]
    assert "Service/istio-system/istiod-default-v1-30-2" in [one["object"] for one in refused]
    for one in refused:
        assert one["object"].startswith("Service/")
        assert "ipFamilies" in one["message"]
        assert (delivered.repo.root / one["file"]).exists()


def test_fields_that_helm_once_set_are_left_over_and_defaults_are_not(prompt: Prompt) -> None:
    """Objects that another tool created, then taken over by the deliverer, then said no more by the tree."""
    prompt.api.apply(pods.namespace("istio-system"))
    helm = prompt.render(VALUES)
    for item in helm:
        if item["kind"] == "MutatingWebhookConfiguration" and item["metadata"]["name"].startswith("istio-revision-tag"):
            auto = dict(item["webhooks"][0], name="auto.sidecar-injector.istio.io")
            item = {**item, "webhooks": [*item["webhooks"], auto]}
        create(prompt.api, item, "helm")
    prompt.deliver(helm)
    prompt.deliver(prompt.render())
    helms = [{"manager": "helm", "operation": "Update"}]
    pod = ".spec.template"
    assert prompt.found() == {
        "leftFields": [
            {"object": ISTIOD, "field": f"{pod}.metadata.annotations.team", "owners": helms},
            {
                "object": ISTIOD,
                "field": f'{pod}.spec.containers[name="discovery"].env[name="PILOT_X"]',
                "owners": helms,
            },
            {"object": ISTIOD, "field": f"{pod}.spec.nodeSelector", "owners": helms},
            {"object": TAG, "field": '.webhooks[name="auto.sidecar-injector.istio.io"]', "owners": helms},
        ]
    }
    # What is observed of the objects says the same, and lint tells it.
    listed = subprocess.run(OBJECTS_WAY.split(), env=prompt.environment, check=True, capture_output=True, text=True)
    prompt.repo.meshrev("observe", "--cluster", "one", "--objects", stdin=listed.stdout)
    lines = [line for line in prompt.repo.meshrev("lint", code=None).out.splitlines() if "MR169" in line]
    told = [left for left in prompt.found()["leftFields"] if any(left["field"] in line for line in lines)]
    assert len(lines) == len(told) == 4


def test_a_conflict_names_the_field_and_who_has_it_and_istiods_own_is_none(delivered: Prompt) -> None:
    hook = delivered.api.get("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/" + VALIDATOR[31:])
    webhooks = [{"name": one["name"], "failurePolicy": "Fail"} for one in hook["webhooks"]]
    for item, manager in (
        ({**identified(hook), "webhooks": webhooks}, "pilot-discovery"),
        (
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(ISTIOD), "spec": {"paused": True}},
            "somebody",
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "cart", "labels": {"istio.io/rev": "canary", "team": "shop"}},
            },
            "kubectl-label",
        ),
    ):
        delivered.api.apply(item, manager)
    answer = delivered.found()
    assert answer == {
        "conflicts": [
            {
                "object": "Namespace/cart",
                "file": "rendered/one/namespaces/cart.yaml",
                "field": ".metadata.labels.istio.io/rev",
                "manager": "kubectl-label",
            }
        ],
        "leftFields": [
            {
                "object": ISTIOD,
                "field": ".spec.paused",
                "owners": [{"manager": "somebody", "operation": "Apply"}],
            }
        ],
    }
    lines = delivered.verify(code=1).out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["WHAT", "conflict", "left"]


def test_a_control_plane_that_the_tree_has_not_is_left_over_with_all_that_is_its_own(delivered: Prompt) -> None:
    before = delivered.render()
    delivered.repo.cluster("one", istio("v1.30.3", strategy="InPlace", namespace="istio-system"))
    shutil.rmtree(delivered.repo.root / "rendered")
    delivered.repo.meshrev("render")
    now = tree_objects(delivered.repo.root / "rendered/one")
    delivered.deliver(now)
    kept = {title(item) for item in now}
    gone = sorted(title(item) for item in before if title(item) not in kept and item["kind"] != "Namespace")
    left = delivered.found()["leftObjects"]
    assert len(gone) > 10
    assert [one["object"] for one in left] == gone
    assert all({"manager": DELIVERER, "operation": "Apply"} in one["owners"] for one in left)


def test_what_is_taken_away_as_the_documentation_says_is_gone_and_stays_away(delivered: Prompt) -> None:
    said = documented_commands()
    left = [
        ("patch mutatingwebhookconfiguration", hooks(delivered), TAG),
        ("set env", containers({"name": "PILOT_X", "value": "1"}), ISTIOD),
        ("patch deployment", {"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}, ISTIOD),
    ]
    for words, fields, of in left:
        item = next(item for item in delivered.render() if title(item) == of)
        delivered.api.apply({**identified(item), **fields}, "helm")
        (found,) = delivered.found()["leftFields"]
        assert found["object"] == of
        (command,) = (command for command in said if words in command)
        own = command.replace("istio-revision-tag-prod", "istio-revision-tag-default").replace("v1-24-2", "v1-30-2")
        subprocess.run(["bash", "-c", own], env=delivered.environment, check=True, capture_output=True)
        delivered.deliver(delivered.render())
        assert delivered.found(code=0) == {}


def test_applying_by_hand_as_the_documentation_says_works_also_once_istiod_runs(delivered: Prompt) -> None:
    written = "kubectl apply --server-side --force-conflicts -k rendered/prod-eu"
    assert written in documented_commands()
    tree = delivered.repo.root / "rendered/one"
    by_hand = written.replace("rendered/prod-eu", str(tree)).split()
    for attempt in range(2):
        done = subprocess.run(by_hand, env=delivered.environment, capture_output=True, text=True)
        assert done.returncode == 0, (attempt, done.stderr)
        item = next(item for item in delivered.render() if title(item) == VALIDATOR)
        hooks = [{"name": one["name"], "failurePolicy": "Fail"} for one in item["webhooks"]]
        delivered.api.apply({**identified(item), "webhooks": hooks}, "pilot-discovery")
        plain = [word for word in by_hand if word != "--force-conflicts"]
        refused = subprocess.run(plain, env=delivered.environment, capture_output=True, text=True)
        assert refused.returncode == 1
        assert 'conflict with "pilot-discovery": .webhooks[name="validation.istio.io"].failurePolicy' in refused.stderr


def test_a_context_that_leads_to_another_cluster_than_the_observed_one_is_refused(delivered: Prompt) -> None:
    data = {"apiVersion": "meshrev.io/v1alpha1", "kind": "Observation", "cluster": "one", "clusterUID": "another"}
    data |= {"observedAt": "2026-08-22T10:00:00Z", "namespaces": {}}
    delivered.repo.write("observed/one.json", json.dumps(data))
    assert "does not lead to the cluster that was observed as one" in delivered.verify(code=2).err


def test_an_unknown_context_is_one_line_of_kubectls(delivered: Prompt) -> None:
    said = delivered.repo.meshrev("verify", "--context", "nowhere", code=2, **delivered.environment)
    assert (said.out, said.err) == ("", 'kubectl: error: context "nowhere" does not exist\n')


def test_a_server_that_is_not_reached_is_told_with_exit_code_4(delivered: Prompt, tmp_path: Path) -> None:
    config = json.loads(delivered.api.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "config").write_text(json.dumps(config))
    delivered.environment["KUBECONFIG"] = str(tmp_path / "config")
    assert "127.0.0.1:1" in delivered.verify(code=4).err


def hooks(prompt: Prompt) -> dict[str, Any]:
    """Returns an entry of the tag's webhook that no tree has."""
    item = next(item for item in prompt.render() if title(item) == TAG)
    return {"webhooks": [{**item["webhooks"][0], "name": "auto.sidecar-injector.istio.io"}]}


def containers(variable: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "discovery", "env": [variable]}]}}}}


def create(api: Api, item: dict[str, Any], manager: str) -> None:
    """Create an object in the name of a manager, as Helm does, if it is not there."""
    path = api.path(item)
    if api.get(path) is None:
        answer = api.client.post(path.rpartition("/")[0], json=item, params={"fieldManager": manager})
        assert answer.status_code == 201, answer.text
        api.claim([item])


def title(item: dict[str, Any]) -> str:
    named = item["metadata"]
    return "/".join(part for part in (item["kind"], named.get("namespace"), named["name"]) if part)


def identified(item: dict[str, Any]) -> dict[str, Any]:
    named = {key: value for key, value in item["metadata"].items() if key in ("namespace", "name")}
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": named}


def metadata(of: str) -> dict[str, str]:
    _, namespace, name = of.split("/")
    return {"namespace": namespace, "name": name}


def without_status(item: dict[str, Any]) -> dict[str, Any]:
    """Returns an object without what controllers write while it is looked at."""
    own = {key: value for key, value in item["metadata"].items() if key not in ("resourceVersion", "managedFields")}
    return {"metadata": own, **{key: value for key, value in item.items() if key not in ("metadata", "status")}}
