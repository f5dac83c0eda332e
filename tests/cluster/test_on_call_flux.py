"""What the page for incidents says of Flux, word for word on a running kustomize-controller."""

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
from tests.support.cluster.documented import documented_commands, with_contexts
from tests.support.cluster.flux_walk import NEW, OLD, Walk, flux_walk
from tests.support.cluster.policies import allow_deployments, refuse_deployments
from tests.support.cluster.process import wait_until

PROGRAM = os.environ.get("FLUX") or shutil.which("flux")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="FLUX names no command line of Flux, and there is none on PATH")

PAGE = ROOT / "docs/on-call.md"
LOOK = "flux --context prod-eu -n flux-system reconcile source git flux-system"
SHOW = "flux --context prod-eu -n flux-system get kustomizations"
SUSPEND = "flux --context prod-eu -n flux-system suspend kustomization mesh-namespaces"
RESUME = "flux --context prod-eu -n flux-system resume kustomization mesh-namespaces"
AGAIN = "flux --context prod-eu -n flux-system reconcile kustomization mesh-control-plane"
NEWEST = "v1.24.4"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a prompt, and the fleet."""

    walk: Walk
    environment: dict[str, str]

    def run(self, command: str, code: int = 0) -> str:
        """Run a command of the page; fails where it exits with another code. Returns what it printed."""
        done = subprocess.run(
            ["sh", "-c", command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"{command}\nexit {done.returncode}, not {code}:\n{done.stdout}"
        return done.stdout

    def change(self, *arguments: str) -> None:
        """Change the fleet by a command, and let Flux look at it."""
        self.walk.repo.meshrev(*arguments)
        self.run(LOOK)

    def says(self, stage: str) -> str:
        """Returns the line of a Kustomization."""
        return next(line for line in self.run(SHOW).splitlines() if line.startswith(stage))


@pytest.fixture(scope="module")
def person(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, kubeconfig: Path, whole_cluster: Api, node: str
) -> Iterator[Person]:
    home = tmp_path_factory.mktemp("home")
    (home / "kubeconfig").write_text(json.dumps(with_contexts(kubeconfig)))
    (home / "bin").mkdir()
    (home / "bin/flux").symlink_to(str(PROGRAM))
    environment = {
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "HOME": str(home),
        "KUBECONFIG": str(home / "kubeconfig"),
    }
    with (
        flux_walk(tmp_path_factory.mktemp("fleet"), logs, kubeconfig, whole_cluster) as walk,
        walk.flux.looking(walk.repo.root),
    ):
        found = Person(walk, environment)
        found.change("promote", "--istio", "default", "--version", "v1.24.3")
        yield found


@pytest.fixture
def refusing(person: Person) -> Iterator[Person]:
    """The fleet while its API server refuses Deployments, and a revision was brought in that it does not get."""
    refuse_deployments(person.walk.api)
    person.change("promote", "--istio", "default", "--version", NEWEST)
    wait_until(lambda: "dry-run failed" in person.says("mesh-control-plane"), "an object is refused")
    yield person
    allow_deployments(person.walk.api)


def test_every_command_of_the_page_is_walked() -> None:
    assert {*documented_commands("flux", [PAGE])} == {LOOK, SHOW, SUSPEND, RESUME, AGAIN}


def test_what_is_suspended_takes_no_rollback_until_it_is_resumed(person: Person) -> None:
    walk = person.walk
    person.change("promote", "--tag", "prod", "--to", NEW)
    wait_until(lambda: walk.prod() == f"istiod-{NEW}", "prod has moved")
    person.run(SUSPEND)
    person.change("rollback")
    wait_until(
        lambda: walk.flux.condition("mesh-control-plane", "Ready") == "True", "the rollback is applied elsewhere"
    )
    assert "True" in person.says("mesh-namespaces").split()[2]
    assert walk.prod() == f"istiod-{NEW}"
    person.run(RESUME)
    assert walk.prod() == f"istiod-{OLD}"


def test_a_move_to_what_is_refused_waits_and_a_rollback_waits_for_nothing(refusing: Person) -> None:
    walk = refusing.walk
    refusing.change("promote", "--tag", "prod", "--to", f"default-{NEWEST.replace('.', '-')}")
    waits = "dependency 'flux-system/mesh-control-plane' is not ready"
    wait_until(lambda: waits in refusing.says("mesh-namespaces"), "it waits")
    assert walk.prod() == f"istiod-{OLD}"
    refusing.change("rollback")
    wait_until(lambda: "Applied revision" in refusing.says("mesh-namespaces"), "it waits for nothing")
    assert walk.prod() == f"istiod-{OLD}"
    assert "dry-run failed" in refusing.says("mesh-control-plane")
    allow_deployments(walk.api)
    refusing.run(AGAIN)
    assert "Applied revision" in refusing.says("mesh-control-plane")


def test_tags_move_while_health_is_looked_after(person: Person) -> None:
    walk = person.walk
    walk.break_istiod()
    walk.repo.write("README", "a word\n")
    walk.repo.commit("a word")
    person.run(LOOK)
    wait_until(lambda: "Reconciliation in progress" in person.says("mesh-control-plane"), "health is looked after")
    person.change("promote", "--tag", "prod", "--to", NEW)
    wait_until(lambda: walk.prod() == f"istiod-{NEW}", "prod has moved", patience=20)
    assert "Reconciliation in progress" in person.says("mesh-control-plane")
    walk.scheduler.ready.add("istiod-")
