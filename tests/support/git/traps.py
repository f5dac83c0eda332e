"""Settings of git that each run a program which leaves a mark, for repositories that nothing is to run in.

Each setting has a program of its own, which notes the setting's name and fails.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleet_repo import FleetRepo

# Every setting of https://git-scm.com/docs/git-config that names a program, a command or a folder of hooks. `trap` is a
# driver that `ATTRIBUTES` choose for every file.
PROGRAMS = (
    "core.fsmonitor",
    "core.sshCommand",
    "core.editor",
    "core.pager",
    "core.askPass",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "pager.log",
    "pager.diff",
    "pager.config",
    "sequence.editor",
    "interactive.diffFilter",
    "diff.external",
    "diff.trap.command",
    "diff.trap.textconv",
    "merge.trap.driver",
    "filter.trap.clean",
    "filter.trap.smudge",
    "filter.trap.process",
    "gpg.program",
    "gpg.openpgp.program",
    "gpg.x509.program",
    "gpg.ssh.program",
    "gpg.ssh.defaultKeyCommand",
    "trailer.trap.command",
    "trailer.other.cmd",
    "credential.helper",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
    "uploadpack.packObjectsHook",
    "gc.recentObjectsHook",
    "difftool.trap.cmd",
    "mergetool.trap.cmd",
    "browser.trap.cmd",
    "tar.trap.command",
)
# Commands for a shell, which git knows by this mark.
COMMANDS = (
    "submodule.trap.update",
    *(f"alias.{name}" for name in ("add", "config", "log", "ls-files", "push", "rev-parse", "status")),
)
HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout", "post-merge", "post-rewrite"),
    *(
        "pre-push",
        "pre-merge-commit",
        "pre-auto-gc",
        "reference-transaction",
        "post-index-change",
    ),
)
PLAIN = (
    "diff.tool=trap",
    "merge.tool=trap",
    "protocol.ext.allow=always",
    "submodule.recurse=true",
    "log.showSignature=true",
    "gc.auto=1",
)
ATTRIBUTES = "* filter=trap diff=trap merge=trap\n"
MODULES = '[submodule "trap"]\n\tpath = sub\n\turl = ext::false\n'


@dataclass(frozen=True, slots=True)
class Traps:
    """The programs, in a folder; what they leave."""

    folder: Path

    def settings(self) -> Iterator[tuple[str, str]]:
        """All of them, names with values."""
        yield from ((name, str(self._program(name))) for name in PROGRAMS)
        yield from ((name, f"!{self._program(name)}") for name in COMMANDS)
        yield from (setting.split("=", 1) for setting in PLAIN)  # type: ignore[misc]
        for hook in HOOKS:
            self._program(f"hooks/{hook}")
        yield "core.hooksPath", str(self.folder / "hooks")

    def arm(self, config: Path, without: Sequence[str] = ()) -> None:
        """Write the settings into a file of git's."""
        for name, value in self.settings():
            if name not in without:
                subprocess.run(["git", "config", "--file", str(config), name, value], check=True)

    @property
    def ran(self) -> set[str]:
        """The settings whose programs ran since this was asked before."""
        marks = list(self.folder.rglob("*.ran"))
        for mark in marks:
            mark.unlink()
        return {mark.relative_to(self.folder).as_posix().removesuffix(".ran") for mark in marks}

    def _program(self, name: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n: > '{file}.ran'\nexit 1\n")
        file.chmod(0o755)
        return file


def bring_in(repo: FleetRepo, folder: str, traps: Traps) -> None:
    """Put into a folder what a commit can bring in to make it a repository for git, with all these settings."""
    for name in ("objects/.keep", "refs/.keep"):
        repo.write(f"{folder}/{name}", "")
    repo.write(f"{folder}/HEAD", "ref: refs/heads/main\n")
    config = repo.write(f"{folder}/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n")
    traps.arm(config)
