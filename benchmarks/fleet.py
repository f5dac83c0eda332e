"""How long a fleet takes, beside `cp -r`, `git status` and `helm template` of the same, in one run.

    python benchmarks/fleet.py --clusters 200 --revisions 2 --namespaces 50 [--chart CHART]

Prints seconds, peak memory and the ratios that matter. The ratios are the result; the seconds are this machine's.
`helm template` runs on a chart for a sample, and is scaled to one run for every control plane of the fleet; left
out where no helm is on PATH. The chart is CHART, such as Istio's istiod chart where one is at hand, or else one of
this project's own with the same objects, which computes less than Istio's and so flatters Helm.

    python benchmarks/fleet.py --source chart [--charts DIR]

The same fleet from charts, beside the builtin templates and `helm template` in the same run. DIR has Istio's charts,
unpacked, of any one release; without it they are small ones of this project's own.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from helm_chart import write_chart
from make_fleet import FLEET, make_fleet

MESHREV = [sys.executable, "-m", "render"]
HELM_SAMPLE = 10
OWN_CHARTS = Path(__file__).parents[1] / "tests/support/istio_charts"
REVISION = "default-v1-24-6"
TAGS = 2  # of make_fleet


# As on anybody's machine: Python may keep what it compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(*command: str, cwd: Path) -> float:
    """The seconds that a command takes, as a whole process."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=ENVIRONMENT)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return seconds


def memory(*command: str, cwd: Path) -> float:
    """The most memory that a command and all its processes hold together, in MB, looked at every 20 ms.

    The resident sets are added up, so what processes share counts several times. 0 where there is no /proc.
    """
    peak = 0
    child = subprocess.Popen(
        command, cwd=cwd, env=ENVIRONMENT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while child.poll() is None:
        peak = max(peak, sum(resident_pages(child.pid)))
        time.sleep(0.02)
    return peak * resource.getpagesize() / 1024 / 1024


def resident_pages(group: int) -> Iterator[int]:
    """The resident pages of each process of a group (proc(5), stat)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            yield int(fields[21])


def best(*command: str, cwd: Path, times: int = 3) -> float:
    return min(run(*command, cwd=cwd) for _ in range(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=200)
    parser.add_argument("--revisions", type=int, default=2, choices=range(1, 8), metavar="1-7")
    parser.add_argument("--namespaces", type=int, default=50)
    parser.add_argument("--chart", type=Path, help="the chart that helm renders, instead of one made for this")
    parser.add_argument("--source", choices=["builtin", "chart"], default="builtin")
    parser.add_argument("--charts", type=Path, default=OWN_CHARTS, help="with --source chart: Istio's charts, unpacked")
    parser.add_argument("--keep", action="store_true", help="leave the fleet there and say where")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="meshrev-bench-"))
    try:
        if args.source == "chart":
            measure_charts(folder / "fleet", args.clusters, args.revisions, args.namespaces, args.charts)
        else:
            measure(folder / "fleet", args.clusters, args.revisions, args.namespaces, args.chart)
    finally:
        if args.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder)


def measure(root: Path, clusters: int, revisions: int, namespaces: int, chart: Path | None) -> None:
    make_fleet(root, clusters, revisions, namespaces)
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
    run(*git, "init", "-q", cwd=root)
    run(*MESHREV, "--version", cwd=root)
    held = memory(*MESHREV, "render", cwd=copy_of(root, "memory"))
    # A folder of its own for each: a file system is slow where much was just removed.
    cold = min(run(*MESHREV, "render", cwd=root) for root in (root, copy_of(root, "cold1"), copy_of(root, "cold2")))
    files = sum(len(names) for _, _, names in os.walk(root / "rendered"))
    copy = min(run("cp", "-r", str(root / "rendered"), str(root.parent / f"copy{i}"), cwd=root) for i in range(3))
    run(*git, "add", "-A", cwd=root)
    run(*git, "commit", "-qm", "bench", cwd=root)
    status = best(*git, "status", cwd=root)
    unchanged = best(*MESHREV, "render", cwd=root)
    one = changed(root)
    print(f"{clusters} clusters, {revisions} revisions, {namespaces} namespaces: {files} files\n")
    rows = [("cold render", cold), ("nothing changed", unchanged), ("one cluster changed", one)]
    rows += [("cp -r of the output", copy), ("git status", status)]
    helm = helm_template(root, chart, clusters * revisions)
    if helm:
        rows.append((f"helm template x {clusters * revisions}", helm))
    for name, seconds in rows:
        print(f"{name:24} {seconds:8.2f} s")
    print(f"{'memory of a cold render':24} {held:8.0f} MB\n")
    ratio("cold / cp -r", cold / copy, "at most 5")
    if helm:
        ratio("helm template / cold", helm / cold, "at least 25")
    ratio("nothing changed / git status", unchanged / status, "at most 20")
    ratio("one cluster changed / nothing changed", one / unchanged, "at most 1.5")
    version = best(*MESHREV, "--version", cwd=root, times=10)
    bare = best(sys.executable, "-c", "import yaml", cwd=root, times=10)
    ratio("meshrev --version / python -c 'import yaml'", version / bare, "under 2")


def measure_charts(root: Path, clusters: int, revisions: int, namespaces: int, charts: Path) -> None:
    """The specs are the same for both sources: the charts are called by the releases that the fleet has."""
    make_fleet(root, clusters, revisions, namespaces)
    run("git", "init", "-q", cwd=root)
    copies = [copy_of(root, name) for name in ("chart1", "chart2")]
    releases = ["1.24.6", *(f"1.24.{patch}" for patch in range(revisions - 1))]
    for release in releases:
        vendored = shutil.copytree(charts, root.parent / f"charts-{release}")
        for file in vendored.rglob("Chart.yaml"):
            file.write_text(re.sub(r"(?m)^(version|appVersion): .*$", rf"\1: {release}", file.read_text()))
    for copy in copies:
        (copy / "meshrev.yaml").write_text(FLEET.replace("spec: {", "spec: {source: {type: chart}, "))
        for release in releases:
            run(*MESHREV, "chart", "pull", release, "--from", str(root.parent / f"charts-{release}"), cwd=copy)
    builtin = min(run(*MESHREV, "render", cwd=one) for one in (root, copy_of(root, "builtin")))
    chart = min(run(*MESHREV, "render", cwd=copy) for copy in copies)
    helm = helm_charts(copies[0], clusters, revisions)
    print(f"{clusters} clusters, {revisions} revisions, {namespaces} namespaces\n")
    for name, seconds in (("builtin, cold render", builtin), ("chart, cold render", chart)):
        print(f"{name:24} {seconds:8.2f} s")
    ratio("chart / builtin", chart / builtin, "at most 3")
    if helm:
        print(f"{f'helm template x {clusters * (revisions + TAGS + 1)}':24} {helm:8.2f} s")
        ratio("helm template / chart", helm / chart, "at least 20")


def helm_charts(root: Path, clusters: int, revisions: int) -> float | None:
    """The time of `helm template` for every component of every cluster, from samples: base once, istiod for each
    revision, and for each tag, which Sail installs from the same templates."""
    helm = shutil.which("helm")
    if not helm:
        return None
    charts = root / "charts/1.24.6"
    base, istiod = (
        min(run(helm, "template", "bench", str(charts / name), cwd=root) for _ in range(HELM_SAMPLE))
        for name in ("base", "istiod")
    )
    return clusters * (base + (revisions + TAGS) * istiod)


def copy_of(root: Path, name: str) -> Path:
    """The same specs elsewhere, not rendered yet."""
    target = root.parent / name
    shutil.copytree(root, target, ignore=shutil.ignore_patterns("rendered", ".git"))
    return target


def changed(root: Path) -> float:
    """The best of three renders, each after another change of one cluster's spec."""
    patch = root / "overlays" / "cluster-0000" / "istio.yaml"
    runs = []
    for minimum in (11, 12, 13):
        lines = patch.read_text().splitlines()[:-1]
        patch.write_text("\n".join([*lines, f"    pilot: {{autoscaleMin: {minimum}, autoscaleMax: 20}}", ""]))
        runs.append(run(*MESHREV, "render", cwd=root))
    return min(runs)


def helm_template(root: Path, chart: Path | None, planes: int) -> float | None:
    """The time of `helm template` for every control plane, from a sample."""
    helm = shutil.which("helm")
    if not helm:
        return None
    if chart is None:
        chart = root.parent / "chart"
        objects = sorted((root / "rendered/cluster-0000/revisions" / REVISION).glob("*-*.yaml"))
        write_chart(chart, [file.read_text() for file in objects], REVISION)
    return min(run(helm, "template", "bench", str(chart), cwd=root) for _ in range(HELM_SAMPLE)) * planes


def ratio(name: str, value: float, wanted: str) -> None:
    print(f"{name:44} {value:8.1f}   (wanted: {wanted})")


if __name__ == "__main__":
    main()
