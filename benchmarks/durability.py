"""What it costs to have a cold render on the disk itself: beside the same render that leaves that to the system.

    python benchmarks/durability.py --clusters 200

Both are whole processes in one run, in turns, each in a folder of its own. The second is this program with the syncs
left out. For information: how long it takes to sync the files of one such output one by one, which is the other way.
The ratio is the result; the seconds are this machine's, and its disk's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from fleet import MESHREV, copy_of, ratio, run
from make_fleet import make_fleet

# The program, where no sync does anything. Worker processes sync nothing.
UNSYNCED = [
    sys.executable,
    "-c",
    "import os\n"
    "from render.tree.store import sync\n"
    "class Libc:\n"
    "    def syncfs(self, descriptor): return 0\n"
    "sync._libc = Libc\n"
    "os.fsync = lambda descriptor: None\n"
    "from render.cli.main import main\n"
    "main()\n",
]
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=200)
    parser.add_argument("--revisions", type=int, default=2, choices=range(1, 8), metavar="1-7")
    parser.add_argument("--namespaces", type=int, default=50)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="meshrev-bench-"))
    try:
        measure(folder / "fleet", args.clusters, args.revisions, args.namespaces)
    finally:
        shutil.rmtree(folder)


def measure(root: Path, clusters: int, revisions: int, namespaces: int) -> None:
    make_fleet(root, clusters, revisions, namespaces)
    run(*MESHREV, "--version", cwd=root)
    synced, unsynced = [], []
    for number in range(ROUNDS):
        os.sync()  # what others have written is not counted
        synced.append(run(*MESHREV, "render", cwd=copy_of(root, f"synced{number}")))
        os.sync()
        unsynced.append(run(*UNSYNCED, "render", cwd=copy_of(root, f"unsynced{number}")))
    one_by_one, files = sync_each(root.parent / f"unsynced{ROUNDS - 1}/rendered")
    print(f"cold render of {clusters} clusters, {files} files\n")
    rows = [("on the disk", min(synced)), ("left to the system", min(unsynced)), ("fsync of each file", one_by_one)]
    for name, seconds in rows:
        print(f"{name:24} {seconds:8.2f} s")
    ratio("\non the disk / left to the system", min(synced) / min(unsynced), "at most 1.3")


def sync_each(output: Path) -> tuple[float, int]:
    """The seconds that it takes to sync files one by one, and how many there are."""
    files = [file for file in output.rglob("*") if file.is_file()]
    start = time.perf_counter()
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return time.perf_counter() - start, len(files)


if __name__ == "__main__":
    main()
