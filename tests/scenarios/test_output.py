"""Whatever names there are, each verb in each of its forms prints text only: nothing that moves a cursor, turns the
direction of writing, ends a line or begins a workflow command."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.cli.output import table
from render.messages import one_line
from tests.support.cases import ROOT
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import promotable
from tests.support.fleets.served import CART, NAME, cloned, serve
from tests.support.forge.github_server import GitHubServer
from tests.support.forge.hosted_fleet import VARIABLES, Branches, names_a_forge
from tests.support.git.server import GitServer

# Each stands for a kind: controls (C0, DEL, C1), ANSI escapes, line breaks, marks of direction, half of a pair.
HOSTILE = "\x1b[31m\a\b\x7f\x9b\u2028\u2029\u202e\u2066\u200f\u061c"
INJECTED = "::error::injected"
YAML = json.dumps(f"a{HOSTILE}\n{INJECTED}")  # as a text of YAML


def harmless(done_out: str, done_err: str) -> None:
    for line in (*done_out.split("\n"), *done_err.split("\n")):
        assert line.isprintable(), ascii(line)
        assert not line.startswith(INJECTED)


@pytest.fixture
def hostile(repo: FleetRepo) -> FleetRepo:
    """A fleet in which all that people name has such a name, as far as it is taken."""
    promotable(repo)
    name = f"a{HOSTILE}"
    objects = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {YAML}, namespace: {YAML}}}\ndata: {{{YAML}: {YAML}}}\n"
    )
    (repo.root / "overlays" / "eu" / f"{name}.yaml").write_text(objects)
    file = repo.root / "overlays" / "eu" / "kustomization.yaml"
    file.write_text(f"resources: [../../base, {json.dumps(name + '.yaml')}]\n")
    (repo.root / os.fsdecode(b"overlays/eu/b\xff.yaml")).write_text("a: {")
    repo.git("config", "user.name", name)
    message = f"Promote {name}\n\nMeshrev-Operation: promote-3f2a9c01d4\nMeshrev-To: {name}\nMeshrev-Moved: {name}\n"
    repo.git("add", "-A")
    subprocess.run(
        ["git", "-c", f"user.name={name}", "-c", "user.email=t@example.com", "commit", "-qm", message],
        cwd=repo.root,
        check=True,
    )
    repo.git("remote", "add", "origin", f"https://example.invalid/{name}")
    return repo


VERBS = (
    *(("check",), ("render",), ("lint",), ("status",), ("log",), ("diff", "HEAD~1"), ("versions",), ("hazards",)),
    ("remote-secret",),
    ("remote-secret", "--cluster", f"{HOSTILE}\n{INJECTED}"),
    ("explain", "--cluster", "eu", "-n", "cart", "--pod-labels", f"a={HOSTILE}\n{INJECTED}"),
    ("explain", "--cluster", f"{HOSTILE}\n{INJECTED}", "-n", "cart"),
    ("explain", "--cluster", "eu", "-n", "cart", "--gateway", f"{HOSTILE}\n{INJECTED}"),
    ("check", "--cluster", f"{HOSTILE}\n{INJECTED}"),
    ("status", "--observed", f"{HOSTILE}\n{INJECTED}"),
    ("log", f"{HOSTILE}\n{INJECTED}"),
    ("diff", f"{HOSTILE}\n{INJECTED}"),
    ("diff", "--source", "chart"),
    ("promote", "--tag", f"{HOSTILE}\n{INJECTED}", "--to", "default-v1-24-2"),
    ("promote", "--tag", "prod", "--to", f"{HOSTILE}\n{INJECTED}"),
    ("promote", "--tag", "prod", "--to", "default", "--remote", f"{HOSTILE}\n{INJECTED}", "--push"),
    ("retire", f"{HOSTILE}\n{INJECTED}"),
    ("rollback", "--operation", f"{HOSTILE}\n{INJECTED}"),
    ("rollback", "--dry-run"),
    ("rollout", "status", f"{HOSTILE}\n{INJECTED}"),
    ("rollout", "advance", f"{HOSTILE}\n{INJECTED}"),
    ("rollout", "skip", f"{HOSTILE}\n{INJECTED}", "--take-up"),
    ("hydrate", "--cluster", "eu", "--branch", f"{HOSTILE}\n{INJECTED}"),
    ("template", f"{HOSTILE}\n{INJECTED}", "--version", "v1.24.3"),
    ("template", "base", "--version", f"{HOSTILE}\n{INJECTED}"),
    ("template", "base", "--version", "v1.24.3", "--set", f"{HOSTILE}\n{INJECTED}=1"),
    ("promote", *CART[1:], "--wave", f"{HOSTILE}\n{INJECTED}", "--dry-run"),
    ("tidy", "--dry-run"),
    ("tidy", "--onto", f"{HOSTILE}\n{INJECTED}"),
    ("observe", "--cluster", f"{HOSTILE}\n{INJECTED}"),
    ("observe", "--cluster", "eu", "--at", f"{HOSTILE}\n{INJECTED}"),
    ("inject", "--cluster", f"{HOSTILE}\n{INJECTED}", "-n", "cart", "-f", "meshrev.yaml"),
    ("inject", "--cluster", "eu", "-n", f"{HOSTILE}\n{INJECTED}", "-f", "meshrev.yaml"),
    ("krm", "verify", "--cluster", f"{HOSTILE}\n{INJECTED}"),
    ("krm",),
    ("cmp", "generate"),
    (f"{HOSTILE}\n{INJECTED}",),
    ("-C", f"{HOSTILE}\n{INJECTED}", "check"),
)
FORMS = {
    "lint": ("text", "json", "sarif", "github"),
    "diff": ("text", "markdown", "json"),
    "template": ("yaml", "json"),
}
ONLY_TEXT = ("cmp", "inject", "krm", "observe", "-C", f"{HOSTILE}\n{INJECTED}")


@pytest.mark.parametrize("command", VERBS, ids=lambda command: " ".join(command)[:40].encode("unicode_escape").decode())
def test_a_verb_prints_text_whatever_names_there_are(hostile: FleetRepo, command: tuple[str, ...]) -> None:
    forms = () if command[0] in ONLY_TEXT else FORMS.get(command[0], ("text", "json"))
    for form in forms or ("",):
        done = hostile.meshrev(*command, *(("--output", form) if form else ()), code=None)
        assert done.code in (0, 1, 2, 4), (form, done.err)
        assert done.out or done.err
        harmless(done.out, done.err)


def test_what_a_cluster_is_called_is_text(hostile: FleetRepo) -> None:
    odd = f"a{HOSTILE}\n{INJECTED}"
    rows = [namespace("kube-system", uid=odd), namespace(odd, {"istio.io/rev": odd, odd: odd}), namespace("cart")]
    rows += [pod(odd, odd, f"proxyv2:{odd}"), pod("cart", odd, f"proxyv2:{odd}", labels={odd: odd})]
    for listed in (rows, rows[2:], [{"kind": odd, "metadata": {"name": odd}}], [{odd: odd}]):
        done = hostile.meshrev("observe", "--cluster", "eu", stdin=kubectl(*listed), code=None)
        assert done.code in (0, 2)
        harmless(done.out, done.err)
        for command in (("status", "--observed", "observed"), ("retire", "default-v1-24-2", "--dry-run")):
            shown = hostile.meshrev(*command, code=None)
            harmless(shown.out, shown.err)


@pytest.mark.parametrize("kind", ["ClusterTree", "ClusterSpecs", f"{HOSTILE}\n{INJECTED}"])
@pytest.mark.parametrize("cluster", ["eu", f"{HOSTILE}\n{INJECTED}"])
def test_what_a_function_complains_of_is_text(hostile: FleetRepo, kind: str, cluster: str) -> None:
    odd = f"a{HOSTILE}\n{INJECTED}"
    item = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": odd, "annotations": {odd: odd}},
        "data": {odd: odd},
    }
    asked = {"apiVersion": "meshrev.io/v1alpha1", "kind": kind, "metadata": {"name": odd}, "spec": {"cluster": cluster}}
    given = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [item], "functionConfig": asked}
    for text in (given, {**given, "kind": odd}, {**given, "items": odd}, {**given, odd: odd}):
        done = hostile.meshrev("krm", stdin=json.dumps(text), code=None)
        assert done.code in (0, 1, 2)
        harmless(done.out, done.err)


def test_a_commit_and_a_pull_request_are_of_text(
    server: GitServer, template: FleetRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = serve(server, template)
    fleet = cloned(server.url(NAME), tmp_path / "ada")
    odd = json.dumps(f"a{HOSTILE}\n{INJECTED}")
    # A Rollout is looked at as a workload, and no server's rules for Deployments keep such words out of it.
    workload = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web, namespace: cart}\n"
    workload += f"spec: {{template: {{metadata: {{labels: {{a: {odd}}}}}, spec: {{containers: [{{name: {odd}}}]}}}}}}\n"
    fleet.write("overlays/eu/odd.yaml", workload)
    fleet.write("overlays/eu/kustomization.yaml", "resources: [../../base, odd.yaml]\n")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    with GitHubServer() as forge:
        forge.branches = Branches(origin)
        monkeypatch.setenv(forge.tokens, forge.token)
        fleet.meshrev("render")
        names_a_forge(fleet, f"type: github, url: {forge.url}, project: {forge.project}")
        done = fleet.meshrev(*CART, "--wave", f"w{HOSTILE}", "--pr", code=None)
        harmless(done.out, done.err)
        assert done.code == 0, done.err
        (pull,) = forge.pulls
        assert pull.body
        harmless(pull.title, pull.body)
        harmless(fleet.git("log", "-1", "--format=%B", "--all"), "")


def test_what_git_and_a_remote_say_is_text(hostile: FleetRepo, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    hook = bare / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\nprintf '{INJECTED} \\033[31m\\302\\233\\342\\200\\256\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    hostile.git("remote", "set-url", "origin", str(bare))
    done = hostile.meshrev("promote", "--tag", "prod", "--to", "default", "--push", code=None)
    assert done.code in (2, 4)
    harmless(done.out, done.err)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_one_printable_line_and_stays_what_it_is_then(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line
    if text.isprintable():
        assert line == text


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=()))] * 2), max_size=5))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_table_has_a_line_a_row_whatever_is_in_its_cells(rows: list[tuple[str, str]]) -> None:
    lines = table(("A", "B"), rows)
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() for line in lines)


def test_nothing_prints_beside_the_one_module_that_escapes() -> None:
    """`print`, `click.echo` and writing to the standard streams are in render/cli/output.py alone."""
    printing = set()
    for file in sorted((ROOT / "render").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("print", "click.echo", "click.secho", "echo") or called.startswith(
                    ("sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write", "sys.stderr.buffer.write")
                ):
                    printing.add(file.relative_to(ROOT).as_posix())
    assert printing == {"render/cli/output.py"}
