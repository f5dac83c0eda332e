"""How long a fleet takes, beside `cp -r`, `git status` and `helm template` of the same, in one run.

    python benchmarks/fleet.py --clusters 200 --revisions 2 --namespaces 50

Prints seconds, peak memory and the ratios that matter. The ratios are the result; the seconds are this machine's.
`helm template` runs on a chart of this project's own that yields the same objects as Istio's istiod chart, for a
sample, and is scaled to one run for every control plane of the fleet; left out where no helm is on PATH.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from helm_chart import write_chart
from make_fleet import make_fleet

MESHREV = [sys.executable, "-m", "render"]
HELM_SAMPLE = 10
REVISION = "default-v1-24-6"


@dataclass(frozen=True, slots=True)
class Run:
    """A whole process: seconds on the clock, peak memory of it and its children in MB."""

    seconds: float
    megabytes: float


def run(*command: str, cwd: Path) -> Run:
    """Time a command in a process of its own, so that its peak memory is its own too."""
    reader, writer = os.pipe()
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        os.write(writer, json.dumps([done.returncode, done.stderr[-2000:], peak]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as result:
        code, errors, peak = json.loads(result.read())
    os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    if code:
        sys.exit(f"{' '.join(command)} failed:\n{errors}")
    return Run(seconds, peak / 1024)


def best(*command: str, cwd: Path, times: int = 3) -> Run:
    return min((run(*command, cwd=cwd) for _ in range(times)), key=lambda run: run.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=200)
    parser.add_argument("--revisions", type=int, default=2, choices=range(1, 8), metavar="1-7")
    parser.add_argument("--namespaces", type=int, default=50)
    parser.add_argument("--keep", action="store_true", help="leave the fleet there and say where")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="meshrev-bench-"))
    try:
        measure(folder / "fleet", args.clusters, args.revisions, args.namespaces)
    finally:
        if args.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder)


def measure(root: Path, clusters: int, revisions: int, namespaces: int) -> None:
    make_fleet(root, clusters, revisions, namespaces)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
    run(*git, "init", "-q", cwd=root)
    cold = run(*MESHREV, "render", cwd=root)
    files = sum(len(names) for _, _, names in os.walk(root / "rendered"))
    copy = min((copied(root) for _ in range(3)), key=lambda run: run.seconds)
    run(*git, "add", "-A", cwd=root)
    run(*git, "commit", "-qm", "bench", cwd=root)
    status = best(*git, "status", cwd=root)
    unchanged = best(*MESHREV, "render", cwd=root)
    one = changed(root)
    print(f"{clusters} clusters, {revisions} revisions, {namespaces} namespaces: {files} files\n")
    rows = [("cold render", cold), ("nothing changed", unchanged), ("one cluster changed", one)]
    rows += [("cp -r of the output", copy), ("git status", status)]
    helm = helm_template(root, clusters * revisions)
    if helm:
        rows.append((f"helm template x {clusters * revisions}", helm))
    for name, figure in rows:
        print(f"{name:24} {figure.seconds:8.2f} s {figure.megabytes:8.0f} MB")
    print()
    ratio("cold / cp -r", cold.seconds / copy.seconds, "at most 5")
    if helm:
        ratio("helm template / cold", helm.seconds / cold.seconds, "at least 25")
    ratio("nothing changed / git status", unchanged.seconds / status.seconds, "at most 20")
    ratio("one cluster changed / nothing changed", one.seconds / unchanged.seconds, "at most 1.5")
    version = best(*MESHREV, "--version", cwd=root, times=10)
    bare = best(sys.executable, "-c", "import yaml", cwd=root, times=10)
    ratio("meshrev --version / python -c 'import yaml'", version.seconds / bare.seconds, "under 2")
    ratio("peak memory of a cold render, MB", cold.megabytes, "under 400")


def copied(root: Path) -> Run:
    target = root.parent / "copy"
    shutil.rmtree(target, ignore_errors=True)
    return run("cp", "-r", str(root / "rendered"), str(target), cwd=root)


def changed(root: Path) -> Run:
    """The best of three renders, each after another change of one cluster's spec."""
    patch = root / "overlays" / "cluster-0000" / "istio.yaml"
    runs = []
    for minimum in (11, 12, 13):
        lines = patch.read_text().splitlines()[:-1]
        patch.write_text("\n".join([*lines, f"    pilot: {{autoscaleMin: {minimum}}}", ""]))
        runs.append(run(*MESHREV, "render", cwd=root))
    return min(runs, key=lambda run: run.seconds)


def helm_template(root: Path, planes: int) -> Run | None:
    """The time of `helm template` for every control plane, from a sample."""
    helm = shutil.which("helm")
    if not helm:
        return None
    chart = root.parent / "chart"
    files = sorted((root / "rendered" / "cluster-0000" / "revisions" / REVISION).glob("*-*.yaml"))
    write_chart(chart, [file.read_text() for file in files], REVISION)
    start = time.perf_counter()
    sample = [run(helm, "template", "bench", str(chart), cwd=root) for _ in range(HELM_SAMPLE)]
    each = (time.perf_counter() - start) / HELM_SAMPLE
    return Run(each * planes, max(figure.megabytes for figure in sample))


def ratio(name: str, value: float, wanted: str) -> None:
    print(f"{name:44} {value:8.1f}   (wanted: {wanted})")


if __name__ == "__main__":
    main()
