"""What it costs to look at every object as an API server does: a cold render beside the same one that does not.

    python benchmarks/object_checks.py --clusters 200

Both are whole processes in one run, in turns, each in a folder of its own. The second is this program, its worker
processes too, with the look left out. Seconds are those of the processors, since what else the machine does is not the
program's; the ratio is the result.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import fleet
from fleet import MESHREV, copy_of, run
from make_fleet import make_fleet

# Python imports this module at its start, that of worker processes too.
UNCHECKED = """\
from render.manifests import api_server
api_server.api_server_problems = lambda plan, bundles: []
"""
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=200)
    clusters: int = parser.parse_args().clusters
    folder = Path(tempfile.mkdtemp(prefix="meshrev-bench-"))
    try:
        measure(folder, clusters)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, clusters: int) -> None:
    root, hook = folder / "fleet", folder / "hook"
    make_fleet(root, clusters, 2, 50)
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(UNCHECKED)
    run(*MESHREV, "--version", cwd=root)
    seconds: dict[str, list[float]] = {"checked": [], "unchecked": []}
    for number in range(ROUNDS):
        for name, taken in seconds.items():
            fleet.ENVIRONMENT.pop("PYTHONPATH", None)
            if name == "unchecked":
                fleet.ENVIRONMENT["PYTHONPATH"] = str(hook)
            copy, before = copy_of(root, f"{name}{number}"), _processor_seconds()
            run(*MESHREV, "render", cwd=copy)
            taken.append(_processor_seconds() - before)
    checked, unchecked = min(seconds["checked"]), min(seconds["unchecked"])
    print(f"{clusters} clusters\n")
    print(f"{'cold render':24} {checked:8.2f} s")
    print(f"{'without the look':24} {unchecked:8.2f} s\n")
    print(f"{'cold / without the look':44} {checked / unchecked:8.2f}   (wanted: at most 1.15)")


def _processor_seconds() -> float:
    """Returns what all processes took that were started here and have ended, those that they started too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
