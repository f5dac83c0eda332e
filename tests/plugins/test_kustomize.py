"""The Kustomize plugins in the hands of the real kustomize and kubectl, on the example fleet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import ROOT
from tests.support.krm_functions import all_loaded, by_name, loaded
from tests.support.programs.kustomize import needs_kustomize, program

PLUGINS = "plugins/kustomize"
EXEC = ("--enable-alpha-plugins", "--enable-exec")
PLUGIN = ("--enable-alpha-plugins",)
needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on PATH")
# Either program that runs exec plugins.
HOSTS = [pytest.param("kustomize", marks=needs_kustomize), pytest.param("kubectl", marks=needs_kubectl)]


@dataclass(frozen=True, slots=True)
class Host:
    """A copy of the example fleet, and a machine on which meshrev and its plugins are installed as the docs say."""

    root: Path
    environment: dict[str, str]
    done: dict[tuple[str, ...], subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, env=self.environment, input=stdin, capture_output=True, text=True)

    def build(self, host: str, folder: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Each build once: kustomize alone takes most of a second."""
        key = (host, folder, *options)
        if key not in self.done:
            command = [str(program()), "build"] if host == "kustomize" else ["kubectl", "kustomize"]
            self.done[key] = self.run(*command, *options, folder)
        return self.done[key]

    def built(self, host: str, folder: str, *options: str) -> list[dict[str, Any]]:
        done = self.build(host, folder, *options)
        assert done.returncode == 0, done.stderr
        return by_name(all_loaded(done.stdout))

    def example(self, name: str, change: Callable[[str], str] = str) -> str:
        """The folder of an example, its configuration changed."""
        folder = f"{PLUGINS}/examples/{name}-{len(self.done)}"
        shutil.copytree(self.root / PLUGINS / "examples" / name, self.root / folder)
        file = self.root / folder / "mesh.yaml"
        file.write_text(change(file.read_text()))
        return folder

    def tree(self, cluster: str) -> list[dict[str, Any]]:
        files = (self.root / "rendered" / cluster).rglob("*.yaml")
        return by_name([loaded(file.read_bytes()) for file in files if file.name != "kustomization.yaml"])


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    scratch = tmp_path_factory.mktemp("kustomize")
    root, bin_folder, home = scratch / "fleet", scratch / "bin", scratch / "home"
    for folder in ("base", "overlays", "rendered", PLUGINS):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns(".meshrev"))
    shutil.copy(ROOT / "meshrev.yaml", root)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    bin_folder.mkdir()
    meshrev = bin_folder / "meshrev"
    meshrev.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m render "$@"\n')
    meshrev.chmod(0o755)
    shutil.copy(ROOT / PLUGINS / "meshrev-krm", bin_folder)
    shutil.copytree(ROOT / PLUGINS / "legacy", home)
    path = f"{bin_folder}:{os.environ['PATH']}"
    return Host(root, {**os.environ, "PATH": path, "KUSTOMIZE_PLUGIN_HOME": str(home), "NO_COLOR": "1"})


@needs_kustomize
def test_the_generator_brings_the_committed_tree_into_a_build(host: Host) -> None:
    assert host.built("kustomize", f"{PLUGINS}/examples/generator", *EXEC) == host.tree("prod-eu")


@needs_kustomize
def test_the_transformer_replaces_specs_by_the_committed_objects(host: Host) -> None:
    built = host.built("kustomize", f"{PLUGINS}/examples/transformer", *EXEC)
    namespaces = [item for item in built if item["kind"] == "Namespace"]
    partial = [item for item in host.tree("staging") if item["kind"] == "Namespace"]
    assert [item for item in built if item not in namespaces] == [i for i in host.tree("staging") if i not in partial]
    for whole, part in zip(namespaces, partial, strict=True):
        assert whole["metadata"]["labels"].pop("team")
        assert whole == part


@pytest.mark.parametrize("name", HOSTS)
def test_as_exec_plugins_both_build_the_same(host: Host, name: str) -> None:
    assert host.built(name, f"{PLUGINS}/examples/legacy-generator", *PLUGIN) == host.tree("prod-eu")
    built = host.built(name, f"{PLUGINS}/examples/legacy-transformer", *PLUGIN)
    as_function = host.build("kustomize", f"{PLUGINS}/examples/transformer", *EXEC) if program() else None
    assert {item["kind"] for item in built} >= {"Deployment", "MutatingWebhookConfiguration", "Namespace"}
    assert as_function is None or built == by_name(all_loaded(as_function.stdout))


@needs_kubectl
@pytest.mark.parametrize(("example", "cluster"), [("generator", "prod-eu"), ("transformer", "staging")])
def test_a_function_that_kubectl_skips_without_a_word_is_found_out(host: Host, example: str, cluster: str) -> None:
    done = host.build("kubectl", f"{PLUGINS}/examples/{example}", *PLUGIN)
    assert done.returncode == 0
    verdict = host.run("meshrev", "krm", "verify", "--cluster", cluster, stdin=done.stdout)
    assert verdict.returncode == 1
    (line,) = verdict.stderr.splitlines()
    assert "skipped" in line


@pytest.mark.parametrize("name", HOSTS)
def test_a_build_that_holds_the_tree_is_verified(host: Host, name: str) -> None:
    done = host.build(name, f"{PLUGINS}/examples/legacy-generator", *PLUGIN)
    verdict = host.run("meshrev", "krm", "verify", "--cluster", "prod-eu", stdin=done.stdout)
    assert verdict.stdout == f"prod-eu: the build holds all {len(host.tree('prod-eu'))} objects of rendered/prod-eu\n"


@needs_kubectl
def test_a_plugin_that_is_not_installed_is_an_error_in_kubectl(host: Host) -> None:
    elsewhere = Host(host.root, {**host.environment, "KUSTOMIZE_PLUGIN_HOME": "/nonexistent"})
    done = elsewhere.build("kubectl", f"{PLUGINS}/examples/legacy-generator", *PLUGIN)
    assert done.returncode != 0
    assert "unable to find plugin root" in done.stderr


@pytest.mark.parametrize("name", HOSTS)
def test_an_error_stops_the_build_with_the_line_that_says_why(host: Host, name: str) -> None:
    folder = host.example("legacy-generator", lambda text: text.replace("prod-eu", "prod-euu"))
    done = host.build(name, folder, *PLUGIN)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "there is no cluster prod-euu (did you mean prod-eu?)" in done.stderr


@needs_kustomize
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("cluster:", "fleet: ../../../../..\n  cluster:"),
            "spec.fleet: ../../../../.. leads out of the git repository",
        ),
        (("cluster:", "clustre:"), "spec.clustre: is not a field of this function (did you mean cluster?)"),
    ],
)
def test_a_wrong_configuration_stops_the_build(host: Host, change: tuple[str, str], said: str) -> None:
    folder = host.example("generator", lambda text: text.replace(*change))
    done = host.build("kustomize", folder, *EXEC)
    assert done.returncode != 0
    assert done.stdout == ""
    assert f"ClusterTree/mesh: {said}" in done.stderr


@needs_kustomize
def test_objects_that_are_there_already_stop_the_build(host: Host) -> None:
    folder = host.example("transformer")
    account = next((host.root / "rendered/staging/mesh").glob("serviceaccount-*.yaml"))
    shutil.copy(account, host.root / folder / "account.yaml")
    file = host.root / folder / "kustomization.yaml"
    file.write_text(file.read_text().replace("resources: [", "resources: [account.yaml, "))
    done = host.build("kustomize", folder, *EXEC)
    assert done.returncode != 0
    assert "is in the build already, and rendered/staging/mesh/serviceaccount-" in done.stderr


@needs_kustomize
def test_a_stale_tree_stops_the_build(host: Host, tmp_path: Path) -> None:
    shutil.copytree(host.root, tmp_path / "fleet")
    istio = tmp_path / "fleet/base/istio.yaml"
    istio.write_text(istio.read_text().replace("v1.24.2", "v1.24.3"))
    stale = Host(tmp_path / "fleet", host.environment)
    for example in ("generator", "transformer"):
        done = stale.build("kustomize", f"{PLUGINS}/examples/{example}", *EXEC)
        assert done.returncode != 0
        assert "is not what the specs say" in done.stderr
        assert "run `meshrev render` and commit what it writes" in done.stderr
