"""Every command of the documentation that asks a cluster does what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.cluster.api import Api
from tests.support.cluster.definitions import define, define_networks
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.documented import documented_commands, fence, with_contexts
from tests.support.cluster.peers import kubectl
from tests.support.cluster.pods import deployment, namespace
from tests.support.hosted import installed

# Named in a sentence, and complete only with what stands around it, or asking no cluster.
MENTIONED = {
    "kubectl apply -k",
    "kubectl apply -n argocd -f",
    "kubectl get -o yaml",
    "kubectl kustomize",
    "kubectl kustomize rendered/<cluster>",
    "kubectl apply",
    "kubectl apply --force-conflicts",
    "kubectl describe replicaset",
    "kubectl label",
    "kubectl proxy",
    "kubectl scale",
    # Asked of a cluster with the definitions of the Sail Operator.
    "kubectl get istio,istiorevision,istiorevisiontag,istiocni,ztunnel,namespaces -o yaml > sail.yaml",
    """kubectl patch KIND NAME --type=merge -p '{"metadata":{"finalizers":null}}'""",
    "kubectl delete istio --all --cascade=orphan",
    # Asked of Argo CD, of Flux, or of a cluster with the names of the page.
    "kubectl --context prod-eu apply --server-side --force-conflicts -k rendered/prod-eu",
    "kubectl -n argocd get application mesh-CLUSTER -o yaml",
    "kubectl -n argocd get applicationset NAME -o yaml",
    "kubectl -n istio-system get endpointslices",
    "kubectl -n istio-system rollout status deployment/istiod-default-v1-24-3",
    "kubectl get namespace NAME -o yaml --show-managed-fields",
    "kubectl get applications,kustomizations -A -o json",
    "istioctl create-remote-secret --context=cluster2 --name=cluster2 ... | kubectl apply --context=cluster1 -f -",
}
# Ask for fields of Flux' own definitions, which this repository does not carry.
ASKS_FLUX = {"kubectl explain kustomization.spec.ignore", "kubectl explain kustomization.spec.dependsOn.readyExpr"}

KUSTOMIZE = f"""
({fence("docs/kustomize.md", 1)}
{fence("docs/kustomize.md", 2).replace(".../plugins", f"{ROOT}/plugins")})
"""
OBSERVE = "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json"
OBJECTS = (
    "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations,validatingwebhookconfigurations "
    "-A -o json --show-managed-fields"
)
RESTART = "rollout restart deployment,statefulset,daemonset"
WEBHOOKS = "kubectl get mutatingwebhookconfigurations"
BOTH = f"{WEBHOOKS},validatingwebhookconfigurations"
FORCED = "kubectl apply --server-side --force-conflicts"
APPLY = f"{FORCED} -k rendered"
# Run first, in this order: the rest asks what they make.
FIRST = ["kubectl --context prod-eu create namespace istio-system", f"{APPLY}/prod-eu"]
# Fields that the documentation takes away, set first.
ADDED = {
    "webhook": "patch mutatingwebhookconfiguration istio-revision-tag-prod --type=json -p "
    """'[{"op":"copy","from":"/webhooks/0","path":"/webhooks/-"},"""
    """{"op":"replace","path":"/webhooks/2/name","value":"auto.sidecar-injector.istio.io"}]'""",
    "variable": "-n istio-system set env deployment/istiod-default-v1-24-2 PILOT_X=1",
    "selector": "-n istio-system patch deployment istiod-default-v1-24-2 --type=json -p "
    """'[{"op":"add","path":"/spec/template/spec/nodeSelector","value":{"disk":"ssd"}}]'""",
}
TAKEN = {
    "webhook": "patch mutatingwebhookconfiguration istio-revision-tag-prod --type=strategic -p "
    """'{"webhooks":[{"$patch":"delete","name":"auto.sidecar-injector.istio.io"}]}'""",
    "variable": "-n istio-system set env deployment/istiod-default-v1-24-2 PILOT_X-",
    "selector": "-n istio-system patch deployment istiod-default-v1-24-2 --type=json -p "
    """'[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]'""",
}
# Each other command, and what is run before it.
COMMANDS = {
    **{f"kubectl {command}": f"kubectl {ADDED[name]}" for name, command in TAKEN.items()},
    f"{APPLY}/prod-us": "",
    f"{APPLY}/delivery/argocd": "",
    "cd rendered/prod-us && meshrev cmp generate | kubectl diff --server-side -f -": f"{APPLY}/prod-us",
    "kubectl -n argocd rollout status deployment/argocd-repo-server": "",
    f"kubectl --context CLUSTER -n catalog {RESTART}": "",
    f"kubectl --context CLUSTER -n monitoring {RESTART}": "",
    f"kubectl --context CLUSTER -n search {RESTART}": "",
    f"kubectl --context CLUSTER -n reports {RESTART}": "",
    f"kubectl --context staging -n search {RESTART}": "sleep 2",  # kubectl refuses two restarts within a second
    f"{OBSERVE} | meshrev observe --cluster prod-eu": "",
    f"{OBSERVE} --show-managed-fields | meshrev observe --cluster prod-eu": "",
    f"{OBJECTS} | meshrev observe --cluster prod-eu --objects": "",
    f"{WEBHOOKS} -o yaml | meshrev explain --cluster prod-eu --namespace cart --webhooks -": "",
    "kubectl get validatingwebhookconfigurations -l app=istiod": "",
    "kubectl get deploy,ds,svc,sa,cm,hpa,pdb,role,rolebinding -n istio-system -o yaml > objects.yaml": "",
    "kubectl get deploy,ds,cm,hpa,svc -n istio-system -o yaml > objects.yaml": "",
    f"{BOTH},clusterroles,clusterrolebindings -o yaml > cluster.yaml": "",
    f"{BOTH},namespaces -o yaml > cluster.yaml": "",
    "kubectl get mutatingwebhookconfiguration -l istio.io/rev=NAME -o yaml": "",
    "kubectl get service -n NS NAME": "",
    "kubectl label namespace NAME istio-injection-": "",
    f"kubectl kustomize --enable-alpha-plugins . | {FORCED} -f -": f"{KUSTOMIZE}\ncd deploy/prod-eu",
    "kubectl kustomize --enable-alpha-plugins deploy/prod-eu > build.yaml": KUSTOMIZE,
    f"meshrev krm verify --cluster prod-eu < build.yaml && {FORCED} -f build.yaml": (
        f"{KUSTOMIZE}\nkubectl kustomize --enable-alpha-plugins deploy/prod-eu > build.yaml"
    ),
}
# What a reader fills in.
PLACES = {"--cluster C": "--cluster prod-eu", "-n NS NAME": "-n istio-system istiod-default-v1-24-2", "NAME": "catalog"}
RESTARTED = ("catalog", "monitoring", "search", "reports")


@dataclass(frozen=True, slots=True)
class Shell:
    """A checkout of the example fleet, and a person at a prompt there."""

    fleet: Path
    environment: dict[str, str]

    def run(self, *lines: str) -> str:
        """Run lines in one shell, which stops at the first that fails; returns what it printed."""
        script = "\n".join(["set -euo pipefail", *lines])
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.fleet, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shell(whole_cluster: Api, node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    home = tmp_path_factory.mktemp("home")
    fleet = home / "fleet"
    for name in ("base", "overlays", "rendered"):
        shutil.copytree(ROOT / name, fleet / name, ignore=shutil.ignore_patterns(".meshrev"))
    shutil.copy(ROOT / "meshrev.yaml", fleet)
    programs = installed(home / "programs") / "bin"
    (programs / "kubectl").symlink_to(kubectl())
    (home / "kubeconfig").write_text(json.dumps(with_contexts(whole_cluster.kubeconfig)))
    path = f"{programs}:{os.environ['PATH']}"
    shell = Shell(fleet, {"PATH": path, "HOME": str(home), "KUBECONFIG": str(home / "kubeconfig"), "NO_COLOR": "1"})
    shell.run("git init -q", "git add -A", "git -c user.name=t -c user.email=t@example.com commit -qm fleet")
    try:
        prepare(whole_cluster, node, shell)
        yield shell
    finally:
        for name in ("prod-eu", "prod-us", "delivery/argocd"):
            whole_cluster.claim(tree_objects(fleet / "rendered" / name))
        whole_cluster.claim([namespace("istio-system")])
        whole_cluster.sweep()


def prepare(cluster: Api, node: str, shell: Shell) -> None:
    """Bring to the cluster what the commands ask for: the fleet's cluster prod-eu, workloads, a part of Argo CD."""
    define_networks(cluster)
    define(cluster, "argoproj.io/v1alpha1", "ApplicationSet", "applicationsets")
    for name in ("istio-cni", "argocd"):
        cluster.apply(namespace(name))
    # Pods come before the injectors, which nobody answers for here.
    for name in RESTARTED:
        cluster.apply(namespace(name))
        cluster.create(deployment(name, "app", node))
    cluster.create(deployment("argocd", "argocd-repo-server", node))
    for command in FIRST:
        shell.run(command)


def test_every_command_is_known() -> None:
    assert {*documented_commands()} == {*FIRST, *COMMANDS, *MENTIONED, *ASKS_FLUX}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_documentation_succeeds(shell: Shell, command: str) -> None:
    filled = command
    for place, value in PLACES.items():
        filled = filled.replace(place, value)
    shell.run(COMMANDS[command], filled)
