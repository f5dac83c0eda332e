"""How long a promotion takes, beside what a person would do by hand: `meshrev render` of the cluster, and `git commit`.

    python benchmarks/promote.py --clusters 125 --commits 5000

In a repo of that many commits and about a hundred files a cluster, one namespace of one cluster moves to another
revision, as a whole process and without a push; by hand the same lines are edited, the cluster rendered, and the same
files committed (`git add` is not counted). Then a version comes in to a fleet of `--fleet` clusters, for information.
The ratio is the result; the seconds are this machine's.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from fleet import MESHREV, ratio, run
from fleet import memory as memory_of
from make_fleet import make_fleet

GIT = ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]
CLUSTER = "cluster-0000"
# A revision that every cluster has beside the one that the namespace is on, pinned by a spec of its own.
TO = "default-v1-24-0"
MOVE = [*MESHREV, "promote", "--namespace", "team-1", "--to", TO, "--cluster", CLUSTER]
BRING_IN = [*MESHREV, "promote", "--istio", "default", "--version", "v1.25.5"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=125)
    parser.add_argument("--commits", type=int, default=5000)
    parser.add_argument("--namespaces", type=int, default=30)
    parser.add_argument("--fleet", type=int, default=200, help="clusters that a version comes in to; 0 leaves that out")
    parser.add_argument("--keep", action="store_true", help="leave the repos there and say where")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="meshrev-bench-"))
    try:
        one_namespace(folder / "repo", args.clusters, args.commits, args.namespaces)
        if args.fleet:
            whole_fleet(folder / "fleet", args.fleet, args.namespaces)
    finally:
        if args.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder)


def one_namespace(root: Path, clusters: int, commits: int, namespaces: int) -> None:
    rendered_repo(root, clusters, namespaces, commits)
    files = len(subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, check=True).stdout.splitlines())
    print(f"one namespace of one cluster, in a repo of {files} files and {commits} commits\n")
    promotion, specs, by_render, by_commit = [], set[str](), [], []
    for _ in range(3):
        promotion.append(run(*MOVE, cwd=root))
        specs = {path for path in changed(root) if not path.startswith("rendered/")}
        run(*GIT, "reset", "-q", "--hard", "HEAD~1", cwd=root)
        run(*GIT, "checkout", "-q", "ORIG_HEAD", "--", *specs, cwd=root)
        by_render.append(run(*MESHREV, "render", "--cluster", CLUSTER, cwd=root))
        run(*GIT, "add", "-A", cwd=root)
        by_commit.append(run(*GIT, "commit", "-qm", "by hand", cwd=root))
        run(*GIT, "reset", "-q", "--hard", "HEAD~1", cwd=root)
    rows = [
        ("meshrev promote", promotion),
        (f"meshrev render --cluster {CLUSTER}", by_render),
        ("git commit", by_commit),
    ]
    for name, seconds in rows:
        print(f"{name:36} {min(seconds):8.2f} s")
    ratio("promote / (git commit + render --cluster)", min(promotion) / (min(by_render) + min(by_commit)), "at most 3")


def whole_fleet(root: Path, clusters: int, namespaces: int) -> None:
    rendered_repo(root, clusters, namespaces, 1)
    print(f"\na version comes in to {clusters} clusters")
    print(f"{'meshrev promote --istio':36} {run(*BRING_IN, cwd=root):8.2f} s")
    run(*GIT, "reset", "-q", "--hard", "HEAD~1", cwd=root)
    print(f"{'its memory':36} {memory_of(*BRING_IN, cwd=root):8.0f} MB")


def rendered_repo(root: Path, clusters: int, namespaces: int, commits: int) -> None:
    """A fleet, rendered and committed on top of a history of other commits."""
    make_fleet(root, clusters, 2, namespaces)
    run(*GIT, "init", "-q", "-b", "main", cwd=root)
    for name, value in (("user.name", "bench"), ("user.email", "bench@example.com"), ("commit.gpgsign", "false")):
        run(*GIT, "config", name, value, cwd=root)
    stream = "".join(
        f"commit refs/heads/main\ncommitter bench <bench@example.com> {1_700_000_000 + number} +0000\n"
        f"data <<END\nchange {number}\nEND\nM 644 inline notes/{number % 100}\ndata <<END\n{number}\nEND\n"
        for number in range(commits - 1)
    )
    subprocess.run([*GIT, "fast-import", "--quiet"], cwd=root, input=stream, text=True, check=True)
    run(*GIT, "reset", "-q", cwd=root)
    if commits > 1:
        run(*GIT, "checkout", "-q", "--", "notes", cwd=root)
    run(*MESHREV, "render", cwd=root)
    run(*GIT, "add", "-A", cwd=root)
    run(*GIT, "commit", "-qm", "the fleet", cwd=root)


def changed(root: Path) -> list[str]:
    """The files that the last commit changed."""
    command = ["git", "show", "--format=", "--name-only", "HEAD"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()


if __name__ == "__main__":
    main()
