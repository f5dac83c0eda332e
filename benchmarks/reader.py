"""What reading costs now and at an earlier commit, on the same files, in one run: overlays of one base, and bundles.

    python benchmarks/reader.py c259e8b          # the commit before the reader followed Kustomize 5.8

The earlier program comes from `git worktree`, which goes at the end. Both are started in turn, each time anew, and time
themselves; CPU seconds, medians. The ratios are the result; the times are this machine's.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make_fleet import make_fleet

ROOT = Path(__file__).parents[1]
WANTED = 1.05  # times what it was
READ = """
import sys, time
from pathlib import Path
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from render.yamlio.documents import parse
root = Path(sys.argv[1])
overlays = [f"overlays/{path.name}" for path in sorted((root / "overlays").iterdir())]
text = (root / "bundle.yaml").read_bytes()
def overlays_of_one_base():
    reader, cache = WorkingTree(root), BuildCache()
    for overlay in overlays:
        build(reader, overlay, cache)
def bundle():
    parse(text, "bundle.yaml")
TASK()
began = time.process_time()
for _ in range(5):
    TASK()
print(time.process_time() - began)
"""
TASKS = ("overlays_of_one_base", "bundle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="the earlier commit")
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as folder:
        fleet, before = Path(folder) / "fleet", Path(folder) / "before"
        make_fleet(fleet, args.clusters, 2, 50)
        manifests = sorted((ROOT / "rendered").rglob("*.yaml"))
        (fleet / "bundle.yaml").write_text("---\n".join(file.read_text() for file in manifests))
        subprocess.run(["git", "worktree", "add", "-q", "--detach", before, args.before], cwd=ROOT, check=True)
        try:
            print(f"{'':24}{'now':>10}{'before':>10}{'now / before':>14}")
            for task in TASKS:
                now, then = side_by_side(task, fleet, (ROOT, before), args.repeat)
                met = "met" if now <= WANTED * then else "not met"
                print(f"{task:24}{now:10.3f}{then:10.3f}{now / then:14.3f}   wanted at most {WANTED}: {met}")
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", before], cwd=ROOT, check=True)


def side_by_side(task: str, fleet: Path, programs: tuple[Path, Path], repeat: int) -> tuple[float, float]:
    """The median of each program's CPU seconds, started in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeat):
        for program, seconds in zip(programs, found, strict=True):
            command = [sys.executable, "-c", READ.replace("TASK", task), fleet]
            done = subprocess.run(command, cwd=program, check=True, capture_output=True, text=True)
            seconds.append(float(done.stdout))
    return statistics.median(found[0]), statistics.median(found[1])


if __name__ == "__main__":
    main()
