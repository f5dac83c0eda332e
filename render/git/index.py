"""What git's index holds: that is what the next commit will hold, whatever lies in the work tree.

In a hook git names the index of the commit that is being made (GIT_INDEX_FILE): for `git commit -a` and `git commit
FILE` that is not the repository's usual one. It is used where it lies in the repository of the fleet.
(https://git-scm.com/docs/githooks, https://git-scm.com/docs/git#_environment_variables)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from render.errors import InputError, MeshrevError, wrong
from render.git.environment import INDEX, READING
from render.git.process import CODE, Foreign, GitError, git, query
from render.git.trees import SUBMODULE
from render.tree.store.disk import temporary_folder


@dataclass(frozen=True, slots=True)
class UnstagedFiles:
    """Files that are not in the index as they lie on the disk. Paths are relative to the root that was asked about."""

    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()  # the index still has them
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # untracked, and `git add` would refuse them


def find_unstaged(root: Path, folder: str) -> UnstagedFiles | None:
    """Returns what is not in the index as it lies on the disk below a folder, which is relative to `root`.

    None where that is in no work tree, or there is no git. What a sparse checkout leaves out counts as
    staged: nobody has touched it.
    """
    try:
        variables = _variables(root)
    except InputError:
        return None
    listed = {
        what: _paths(git("ls-files", *options, "-z", "--", folder, folder=root, variables=variables))
        for what, options in {
            "removed": ("--deleted",),
            "changed": ("--modified",),  # those that are removed too
            "untracked": ("--others", "--exclude-standard"),
            "ignored": ("--others", "--ignored", "--exclude-standard"),
        }.items()
    }
    changed = listed["changed"] - listed["removed"]
    return UnstagedFiles(*(tuple(sorted(paths)) for paths in (changed, *(listed[what] for what in _BESIDE_CHANGED))))


_BESIDE_CHANGED = ("removed", "untracked", "ignored")


def only_untracked(root: Path) -> frozenset[str] | None:
    """Returns what below `root` is untracked, ignored or not, where that is all in which the files differ from the
    index; a folder of which everything is untracked stands for it, with `/` at its end.

    None where a tracked file is not as in the index, or git was told not to look (a sparse checkout, files that are
    assumed unchanged), and where there is a submodule, whose files git does not look at here. `InputError` outside of
    a work tree.
    """
    variables = _variables(root)
    # `H` is a file that git looks at (https://git-scm.com/docs/git-ls-files, -t and -v); then comes its mode.
    entries = git("ls-files", "-v", "-s", "-z", folder=root, variables=variables).split(b"\0")
    looked_at = all(
        entry.startswith(b"H ") and not entry.startswith(f"H {SUBMODULE} ".encode()) for entry in entries if entry
    )
    if not looked_at or git(
        "ls-files", "--modified", "--deleted", "--unmerged", "-z", folder=root, variables=variables
    ):
        return None
    return frozenset(
        _paths(
            git("ls-files", "--others", "--directory", "--no-empty-directory", "-z", folder=root, variables=variables)
        )
    )


def tracked_paths(root: Path, folder: str) -> tuple[str, ...] | None:
    """Returns the files below a folder that the index has, sorted; both relative to `root`.

    None where git cannot tell: there is none, this is no repository, or git does not trust it. `Foreign` where what it
    finds can have been brought in by a commit.
    """
    return _list_index(root, folder)


def hidden_paths(root: Path, folder: str, ignore: str) -> tuple[str, ...] | None:
    """Returns those of `tracked_paths` that files of the name `ignore` leave out, which are written as `.gitignore` is,
    in any folder of the repository."""
    return _list_index(root, folder, "--cached", "--ignored", f"--exclude-per-directory={ignore}")


def _list_index(root: Path, folder: str, *options: str) -> tuple[str, ...] | None:
    try:
        variables = _variables(root) if os.environ.get(INDEX) else READING
        listed = git("ls-files", *options, "-z", "--", f"{folder}/", folder=root, variables=variables)
    except Foreign:
        raise
    except MeshrevError:
        return None
    return tuple(sorted(_paths(listed)))


@contextmanager
def index_copy(root: Path) -> Iterator[Path]:
    """Yields a copy, in a temporary folder, of what the index has below `root`: what a commit would hold of it.

    The copy belongs to the same repository, so that its history can be asked. What is only announced (`git add -N`)
    is not in it, what a sparse checkout leaves out is. A submodule is there with the files of its commit in the index,
    and an empty folder where it was never fetched. `InputError` outside of a work tree, in a merge that is not
    resolved, and where the commit of a submodule is not in this clone.
    """
    variables = _variables(root)
    inside, git_folder = _lines(query("rev-parse", "--show-prefix", "--absolute-git-dir", folder=root))
    if unmerged := _paths(git("ls-files", "--unmerged", "-z", folder=root, variables=variables)):
        path = min(unmerged).partition("\t")[2]
        raise wrong(CODE, "is in a merge conflict, so there is nothing yet to commit: resolve it first", file=path)
    announced = _paths(
        git("diff-files", "--diff-filter=A", "--relative", "--name-only", "-z", folder=root, variables=variables)
    )
    paths = _paths(git("ls-files", "-z", folder=root, variables=variables)) - announced
    with temporary_folder() as folder:
        copy = folder / "copy"
        copy.mkdir()
        listed = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
        arguments = ("checkout-index", "--quiet", "--ignore-skip-worktree-bits", f"--prefix={copy}/", "-z", "--stdin")
        git(*arguments, folder=root, stdin=listed, variables=variables)
        _copy_submodules(root, variables, copy / inside, "", copy.with_name("index"))
        (copy / ".git").write_text(f"gitdir: {git_folder}\n")
        (copy / inside).mkdir(parents=True, exist_ok=True)
        yield copy / inside


def _copy_submodules(folder: Path, variables: Mapping[str, str], target: Path, above: str, index: Path) -> None:
    """Copy the files of the submodules below a folder, and of those in them. `above` is the folder from the root, with
    a slash; `index` the path of a file that is not there yet."""
    for path, commit in _submodules(folder, variables).items():
        here = folder / path
        if not os.path.lexists(here / ".git"):  # or git would go by the repository around it
            continue
        of_the_commit = {**READING, INDEX: str(index)}
        try:
            git("read-tree", commit, folder=here, variables=of_the_commit)
        except GitError:
            message = f"the index has this submodule at {commit[:10]}, which is not in this clone"
            raise wrong(CODE, f"{message}: git submodule update --init {path}", file=f"{above}{path}") from None
        git("checkout-index", "--quiet", "--all", f"--prefix={target / path}/", folder=here, variables=of_the_commit)
        inner = index.with_name(f"{index.name}.in")
        _copy_submodules(here, of_the_commit, target / path, f"{above}{path}/", inner)
        index.unlink()


def _submodules(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the commit of each submodule that the index has below a folder, by path from there."""
    found = {}
    for entry in _paths(git("ls-files", "-s", "-z", folder=folder, variables=variables)):
        about, _, path = entry.partition("\t")
        mode, commit, _ = about.split(" ")
        if mode == SUBMODULE:
            found[path] = commit
    return found


def _variables(root: Path) -> Mapping[str, str]:
    """Returns the variables for a git that looks at the index of the commit that is being made."""
    top, git_folder = _lines(query("rev-parse", "--show-toplevel", "--absolute-git-dir", folder=root))
    if index := os.environ.get(INDEX):
        # A relative one counts from the top of the work tree.
        file = Path(top, index).resolve()
        if file.is_relative_to(Path(git_folder).resolve()):
            return {**READING, INDEX: str(file)}
    return READING


def _lines(printed: bytes) -> list[str]:
    return os.fsdecode(printed).split("\n")[:-1]


def _paths(printed: bytes) -> set[str]:
    return {os.fsdecode(path) for path in printed.split(b"\0") if path}
