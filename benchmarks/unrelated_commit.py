"""What a commit that touches no cluster costs Argo CD, for 50 Applications of one repository, in one run.

Without `manifest-generate-paths` Argo CD makes each Application's manifests anew at each commit: by `kustomize build`
of its folder, or by the plugin. With it, as the rendered ApplicationSet says, it asks git for the files that changed,
and matches them against the Application's paths (`UpdateRevisionForPaths` in reposerver/repository and
`AppFilesHaveChanged` in util/app/path of argoproj/argo-cd). Both are done here as often as Argo CD does them; its own
work around them, which is more for what is made anew, is left out.

    python benchmarks/unrelated_commit.py --clusters 50

CPU seconds of all processes. The ratios are the result; the times are this machine's.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from hosts import MESHREV, Fleet, kustomize_build, rendered_fleet

WANTED = 0.1  # of the CPU without paths
DELIVERY = "{type: argocd, repoURL: 'https://git.example.com/platform/mesh.git'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusters", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="meshrev-bench-") as folder:
        fleet = rendered_fleet(Path(folder) / "fleet", args.clusters, 2, 50)
        deliver_by_argo_cd(fleet)
        before, after = unrelated_commit(fleet)
        files = sorted((fleet.root / "rendered").glob("*/argocd/cluster.json"))
        paths = cpu_seconds(lambda: by_paths(fleet, files, before, after))
        print(f"{len(files)} Applications, a commit that touches none of them\n")
        print(f"{'':34}{'CPU seconds':>12}{'with paths / this':>20}")
        print(f"{'with manifest-generate-paths':34}{paths:12.2f}")
        for name, call in made_anew(fleet, files):
            seconds = cpu_seconds(call)
            met = "met" if paths <= WANTED * seconds else "not met"
            print(f"{name:34}{seconds:12.2f}{paths / seconds:20.3f}   wanted at most {WANTED}: {met}")


def deliver_by_argo_cd(fleet: Fleet) -> None:
    """Let the fleet say its repository, so that the paths of each cluster are rendered."""
    file = fleet.root / "meshrev.yaml"
    file.write_text(file.read_text().replace("delivery: {type: argocd}", f"delivery: {DELIVERY}"))
    fleet.run(*MESHREV, "render", cwd=fleet.root)


def unrelated_commit(fleet: Fleet) -> tuple[str, str]:
    """Commit the fleet, and then a file of somebody else's. Returns both commits."""
    git(fleet, "init", "-q")
    commits = []
    for word in ("the fleet", "a word"):
        (fleet.root / "README").write_text(word)
        git(fleet, "add", "-A")
        git(fleet, "-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", word)
        commits.append(git(fleet, "rev-parse", "HEAD").strip())
    return commits[0], commits[1]


def git(fleet: Fleet, *arguments: str) -> str:
    return fleet.run("git", *arguments, cwd=fleet.root).decode()


def by_paths(fleet: Fleet, files: Iterable[Path], before: str, after: str) -> None:
    for file in files:
        changed = git(fleet, "diff", "--name-only", before, after).splitlines()
        said = json.loads(file.read_text())["spec"]["manifestGeneratePaths"].split(";")
        source = file.parent.parent.relative_to(fleet.root).as_posix()
        paths = [one[1:] if one.startswith("/") else source for one in said]
        if any(is_below(name, path) for name in changed for path in paths):
            sys.exit(f"{file} would be made anew: {changed}")


def is_below(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}/") or fnmatchcase(name, path)


def made_anew(fleet: Fleet, files: Iterable[Path]) -> Iterable[tuple[str, Callable[[], object]]]:
    folders = [file.parent.parent for file in files]
    if build := kustomize_build():
        yield f"{Path(build[0]).name} {build[1]}", lambda: [fleet.run(*build, ".", cwd=one) for one in folders]
    yield "meshrev cmp generate", lambda: [fleet.run(*MESHREV, "cmp", "generate", cwd=one) for one in folders]


def cpu_seconds(call: Callable[[], object]) -> float:
    def spent() -> float:
        of = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, of))

    began = spent()
    try:
        call()
    except subprocess.SubprocessError as error:
        sys.exit(str(error))
    return spent() - began


if __name__ == "__main__":
    main()
