"""How long a fleet of several meshes takes to render, beside the same fleet without topologies, in one run.

    python benchmarks/meshes.py [--meshes 10] [--clusters 20] [--revisions 2] [--namespaces 50] [--rounds 3]

Each mesh is multi-primary with an east-west gateway in each cluster. Prints the seconds of cold renders and of CPU that
they take, their ratios (at most 1.3 is wanted), and the seconds that comparing the clusters with each other takes (at
most 0.2 of 200).
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from fleet import MESHREV, run
from make_fleet import make_fleet

CLUSTER = """\
apiVersion: meshrev.io/v1alpha1
kind: Cluster
metadata: {{name: {name}, labels: {{env: bench}}}}
spec: {{platform: gke, meshID: mesh-{mesh}, network: net-{index}{topology}}}
"""
TOPOLOGY = ", topology: {gateway: {}}"


def write_fleet(root: Path, given: argparse.Namespace, topology: str) -> None:
    """Write a fleet in which clusters are in meshes, each on a network of its own."""
    make_fleet(root, given.meshes * given.clusters, given.revisions, given.namespaces)
    for index, overlay in enumerate(sorted((root / "overlays").iterdir())):
        mesh = index // given.clusters
        text = CLUSTER.format(name=overlay.name, mesh=mesh, index=index, topology=topology)
        (overlay / "cluster.yaml").write_text(text)


def cpu_seconds() -> float:
    """Returns the CPU that commands which have ended took, with the processes that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def comparison_seconds(root: Path) -> float:
    """Returns how long it takes to find what clusters say that does not go together, once they are planned."""
    from render.operations.render.fleet import open_fleet
    from render.operations.render.meshes import mesh_findings
    from render.plan.topology.members import mesh_member

    opened = open_fleet(root)
    plans = opened.plans()
    start = time.perf_counter()
    found = mesh_findings(opened, [member for plan in plans if (member := mesh_member(plan))])
    seconds = time.perf_counter() - start
    assert not found, found
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, number in (("meshes", 10), ("clusters", 20), ("revisions", 2), ("namespaces", 50), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=number)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = {"without": Path(folder, "without"), "with": Path(folder, "with")}
        write_fleet(roots["without"], given, "")
        write_fleet(roots["with"], given, TOPOLOGY)
        seconds: dict[str, list[float]] = {name: [] for name in roots}
        cpu: dict[str, list[float]] = {name: [] for name in roots}
        for _ in range(given.rounds):
            for name, root in roots.items():  # in turn, so that both meet the same machine
                shutil.rmtree(root / "rendered", ignore_errors=True)
                before = cpu_seconds()
                seconds[name].append(run(*MESHREV, "render", cwd=root))
                cpu[name].append(cpu_seconds() - before)
        print(f"{given.meshes} meshes of {given.clusters} clusters, {given.revisions} revisions, cold render")
        for what, times in (("seconds", seconds), ("CPU", cpu)):
            without, together = min(times["without"]), min(times["with"])
            print(f"{what:8} without topologies {without:6.2f}, with {together:6.2f}: {together / without:.2f} times")
        print(f"comparing clusters {comparison_seconds(roots['with']):6.3f} s")


if __name__ == "__main__":
    main()
