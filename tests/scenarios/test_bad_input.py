"""Bad input from the outside: one clear line each, exit 2, and nothing written."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo

ISTIO = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.24.2
"""
TAG = """\
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata:
  name: {name}
spec:
  targetRef:
    kind: Istio
    name: {target}
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def specs(text: str) -> Callable[[FleetRepo], object]:
    return lambda repo: repo.cluster("one", text)


def after(text: str, then: Callable[[FleetRepo], object]) -> Callable[[FleetRepo], object]:
    def make(repo: FleetRepo) -> None:
        repo.cluster("one", text)
        then(repo)

    return make


def raw(content: bytes) -> Callable[[FleetRepo], object]:
    return after(ISTIO, lambda repo: (repo.root / "overlays/one/specs.yaml").write_bytes(content))


def two_clusters_of_one_name(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    repo.cluster("two", ISTIO)
    repo.write("overlays/two/cluster.yaml", (repo.root / "overlays/one/cluster.yaml").read_text())


def folder_for_a_file(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    (repo.root / "overlays/one/specs.yaml").unlink()
    (repo.root / "overlays/one/specs.yaml").mkdir()


def large(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    with (repo.root / "overlays/one/specs.yaml").open("ab") as file:
        file.truncate(50 * 1024 * 1024)


AT = "overlays/one/specs.yaml"
WRONG: dict[str, tuple[Callable[[FleetRepo], object], str, tuple[str, ...]]] = {
    "broken YAML": (specs("a: [1\nb: 2\n"), f"{AT}:", ("expected",)),
    "a duplicate key": (specs(ISTIO + "  version: v1.24.3\n"), f"{AT}:7:3", ("version", "twice")),
    "a second document of the same identity": (specs(ISTIO + "---\n" + ISTIO), f"{AT}:", ("Istio/default",)),
    "an unknown field": (specs(ISTIO + "  profil: demo\n"), f"{AT}:7:3", ("spec.profil", "did you mean profile?")),
    "a wrong type": (specs(ISTIO + "  namespace: 7\n"), f"{AT}:7:3", ("spec.namespace", "7")),
    "an unknown version": (
        specs(ISTIO.replace("v1.24.2", "v1.24.9")),
        f"{AT}:6:3",
        ("spec.version: v1.24.9 is not known (did you mean v1.24.6?)",),
    ),
    "an unknown profile": (specs(ISTIO + "  profile: demoo\n"), f"{AT}:7:3", ("spec.profile", "did you mean demo?")),
    "a tag to nowhere": (
        specs(ISTIO + TAG.format(name="prod", target="nosuch")),
        f"{AT}:15:5",
        ("IstioRevisionTag/prod", "RefNotFound", "nosuch"),
    ),
    "a tag named like a revision": (
        specs(ISTIO + TAG.format(name="default", target="default")),
        f"{AT}:11:3",
        ("NameAlreadyExists", "default"),
    ),
    "two clusters of one name": (two_clusters_of_one_name, "overlays/two", ("one", "overlays/one")),
    "a YAML alias bomb": (specs(BOMB), f"{AT}:", ("alias",)),
    "a file of 50 MB": (large, AT, ("50", "MiB")),
    "a name with a slash": (specs(ISTIO.replace("name: default", "name: a/b")), f"{AT}:4:3", ("a/b",)),
    "a file that is not UTF-8": (raw(ISTIO.encode() + b"# caf\xe9\n"), f"{AT}:7:6", ("UTF-8",)),
    "a folder where a file should be": (folder_for_a_file, "overlays/one/kustomization.yaml:3:", ("specs.yaml",)),
    "a path out of the repo": (
        after(ISTIO, lambda repo: repo.write("overlays/one/kustomization.yaml", "resources: [../../../x.yaml]\n")),
        "overlays/one/kustomization.yaml:1:",
        ("x.yaml",),
    ),
    "a field of Kustomize that is not read": (
        after(
            ISTIO, lambda repo: repo.write("overlays/one/kustomization.yaml", "images: []\nresources: [specs.yaml]\n")
        ),
        "overlays/one/kustomization.yaml:1:1",
        ("images", "kustomize build overlays/one | meshrev render --cluster one -"),
    ),
    "no specs of a fleet": (lambda repo: (repo.root / "meshrev.yaml").unlink(), "meshrev.yaml", ("no fleet here",)),
    "no overlay": (lambda repo: None, "meshrev.yaml:4:", ("overlays/*",)),
}


@pytest.mark.parametrize("what", WRONG)
def test_bad_input_is_one_clear_line_and_nothing_is_written(repo: FleetRepo, what: str) -> None:
    make, place, parts = WRONG[what]
    make(repo)
    wrong = repo.meshrev("render", code=2)
    assert wrong.out == ""
    (line,) = wrong.err.splitlines()
    assert line.startswith(place), line
    for part in parts:
        assert part in line
    assert not (repo.root / "rendered").exists()


def test_what_a_component_refuses_names_the_spec_that_asked_for_it(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO + "  values: {profile: nosuch}\n")
    (line,) = repo.meshrev("render", code=2).err.splitlines()
    assert line.startswith(f"{AT}: Istio/default: values: unknown profile nosuch")


def test_a_changed_immutable_namespace_is_refused_and_nothing_changes(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    repo.meshrev("render")
    before = repo.tree()
    repo.cluster("one", ISTIO + "  namespace: elsewhere\n")
    (line,) = repo.meshrev("render", code=2).err.splitlines()
    assert line.startswith(f"{AT}:7:3: Istio/default: spec.namespace: cannot change from istio-system to elsewhere")
    assert repo.tree() == before


def test_all_mistakes_of_all_clusters_are_reported_together(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO.replace("v1.24.2", "v1.24.9") + "  profil: demo\n")
    repo.cluster("two", ISTIO + TAG.format(name="prod", target="nosuch"))
    lines = repo.meshrev("render", code=2).err.splitlines()
    places = [line.partition(": ")[0] for line in lines]
    assert places == ["overlays/one/specs.yaml:6:3", "overlays/one/specs.yaml:7:3", "overlays/two/specs.yaml:15:5"]


def test_a_mistake_that_came_through_a_patch_names_the_patch(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    fields = (
        "apiVersion: sailoperator.io/v1",
        "kind: Istio",
        "metadata: {name: default}",
        "spec:",
        "  version: v1.99.0",
    )
    patch = "".join(f"    {field}\n" for field in fields)
    repo.write("overlays/one/kustomization.yaml", f"resources: [specs.yaml]\npatches:\n- patch: |\n{patch}")
    (line,) = repo.meshrev("render", code=2).err.splitlines()
    assert line.startswith("overlays/one/kustomization.yaml:8:7: Istio/default: spec.version: v1.99.0 is not known")


def test_a_read_only_output_folder_is_one_line_and_nothing_changes(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO)
    repo.meshrev("render")
    before = repo.tree()
    repo.cluster("one", ISTIO + "  profile: demo\n")
    for folder in [repo.root / "rendered", *(repo.root / "rendered").rglob("*")]:
        if folder.is_dir():
            folder.chmod(0o555)
    for parent in (repo.root, *repo.root.parents):
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)
    done = as_nobody(repo)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "rendered" in done.stderr
    assert repo.tree() == before


def as_nobody(repo: FleetRepo) -> subprocess.CompletedProcess[str]:
    """The command line as a user who may only read; the interpreter must be one that everybody may run."""
    program = (
        "import os, pathlib, sys\n"
        "import render.operations.render.workers\n"
        "from render.errors import MeshrevError\n"
        "from render.operations.render.run import render\n"
        "if os.getuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    render(pathlib.Path.cwd())\n"
        "except MeshrevError as error:\n    print(error, file=sys.stderr); sys.exit(error.exit_code)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", program], cwd=repo.root, capture_output=True, text=True, env=env)


def test_a_full_disk_is_one_line_and_nothing_changes(repo: FleetRepo) -> None:
    """A limit on the size of files stands for a disk that takes no more; tests/faults fills real ones."""
    repo.cluster("one", ISTIO)
    repo.meshrev("render")
    before = repo.tree()
    repo.cluster("one", ISTIO + "  profile: demo\n")
    done = subprocess.run(
        [sys.executable, "-m", "render", "render"],
        cwd=repo.root,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512)),
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert repo.tree() == before


def test_specs_from_standard_input_are_one_clusters(repo: FleetRepo) -> None:
    repo.cluster("one", "")
    repo.write("overlays/one/kustomization.yaml", "resources: []\n")
    assert "one: " in repo.meshrev("render", "--cluster", "one", "-", stdin=ISTIO).out
    assert (repo.root / "rendered/one/revisions/default").is_dir()
    assert "--cluster NAME" in repo.meshrev("render", "-", stdin=ISTIO, code=2).err
    wrong = repo.meshrev("render", "--cluster", "one", "-", stdin=ISTIO.replace("24.2", "24.99"), code=2).err
    assert wrong.startswith("-:6:3: Istio/default: spec.version")
    other = ISTIO + TAG.format(name="prod", target="nope")
    (line,) = repo.meshrev("render", "--cluster", "one", "-", stdin=other, code=2).err.splitlines()
    assert line.startswith("-:15:5: IstioRevisionTag/prod: spec.targetRef.name: ")
