"""Argo CD's part, as its source plays it: what the repo server and `argocd-cmp-server` do around a plugin's command.

Read in argoproj/argo-cd at 37ee0097: util/io/files/tar.go (the copy), reposerver/repository/repository.go (the
environment), cmpserver/plugin/plugin.go (the command, its deadline, its output), gitops-engine's SplitYAML.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from tests.support.cases import ROOT

PLUGIN = yaml.safe_load((ROOT / "plugins/argocd/plugin.yaml").read_text())["spec"]
LAUNCHER = f"""\
#!{sys.executable}
import sys
sys.path.insert(0, {str(ROOT)!r})
from render.cli.main import main
main()
"""
ONLY_TO_GENERATE = {
    "ARGOCD_APP_NAMESPACE",
    "ARGOCD_APP_PROJECT_NAME",
    "ARGOCD_APP_REVISION",
    "ARGOCD_APP_REVISION_SHORT",
    "ARGOCD_APP_REVISION_SHORT_8",
    "KUBE_VERSION",
    "KUBE_API_VERSIONS",
}
FATAL = 5  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True, slots=True)
class Answer:
    """What Argo CD gets: the exit code (negative: the signal), standard output without its last newline, what a person
    sees on failure, and the seconds that it took."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def objects(self) -> list[Any]:
        """The documents that Argo CD finds in the output; empty ones are dropped."""
        assert self.code == 0, self.err
        loaded = (yaml.load(text, yaml.CSafeLoader) for text in re.split(r"^---.*\n", self.out, flags=re.MULTILINE))
        return [item for item in loaded if item is not None]


@dataclass(slots=True)
class RepoServer:
    """One repository and the sidecar's scratch folder. `excluded` are the globs of `reposerver.plugin.tar.exclusions`;
    `below` is the common root of `manifest-generate-paths`, where that is in use."""

    repo: Path
    scratch: Path
    excluded: Sequence[str] = ()
    below: str = "."
    path: str = "/usr/bin:/bin"
    system: Mapping[str, str] = field(default_factory=dict)

    def generate(self, app: str, **how: Any) -> Answer:
        return self._run(PLUGIN["generate"]["command"], app, **how)

    def parameters(self, app: str, **how: Any) -> Answer:
        return self._run(PLUGIN["parameters"]["dynamic"]["command"], app, announces=True, **how)

    def _run(
        self,
        command: Sequence[str],
        app: str,
        parameters: Sequence[Mapping[str, Any]] | None = None,
        env: Mapping[str, str] | None = None,
        deadline: float = 60,
        read_only: bool = False,
        announces: bool = False,
    ) -> Answer:
        copy = self.scratch / "tmp" / "_cmp_server" / str(uuid4())
        copy.mkdir(parents=True)
        untar(tar(self.repo / self.below, self.excluded), copy)
        if read_only:
            for path in [copy, *copy.rglob("*")]:
                path.chmod(path.stat().st_mode & ~0o222)
        before = dict(listing(copy))
        environment = self._environment(app, parameters, env or {})
        if announces:  # then Argo CD tells less
            environment = {name: value for name, value in environment.items() if name not in ONLY_TO_GENERATE}
        cwd = copy / os.path.relpath(self.repo / app, self.repo / self.below)
        answer = run(command, cwd, environment, deadline)
        assert dict(listing(copy)) == before, "the copy was written to"
        return answer

    def _environment(
        self, app: str, parameters: Sequence[Mapping[str, Any]] | None, env: Mapping[str, str]
    ) -> dict[str, str]:
        """The sidecar's own environment, and what Argo CD adds to it."""
        programs = self.scratch / "bin"
        programs.mkdir(exist_ok=True)
        launcher = programs / "meshrev"
        launcher.write_text(LAUNCHER)
        launcher.chmod(0o755)
        revision = "5d41402abc4b2a76b9719d911017c592ae2f1b2c"
        return {
            "PATH": f"{programs}:{self.path}",
            "HOME": "/home/argocd",
            **self.system,
            "ARGOCD_APP_NAME": "mesh",
            "ARGOCD_APP_NAMESPACE": "istio-system",
            "ARGOCD_APP_PROJECT_NAME": "default",
            "ARGOCD_APP_REVISION": revision,
            "ARGOCD_APP_REVISION_SHORT": revision[:7],
            "ARGOCD_APP_REVISION_SHORT_8": revision[:8],
            "ARGOCD_APP_SOURCE_REPO_URL": "https://git.example.com/platform/mesh.git",
            "ARGOCD_APP_SOURCE_PATH": app,
            "ARGOCD_APP_SOURCE_TARGET_REVISION": "main",
            "KUBE_VERSION": "1.31.0",
            "KUBE_API_VERSIONS": "v1,apps/v1,admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
            **{f"ARGOCD_ENV_{name}": value for name, value in env.items()},
            "ARGOCD_APP_PARAMETERS": json.dumps(parameters),  # null where there is none
            **{name: value for item in parameters or () for name, value in variables(item)},
        }


def variables(parameter: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One parameter as variables of its own."""
    name = f"PARAM_{escaped(parameter['name'])}"
    if "string" in parameter:
        yield name, parameter["string"]
    for key, value in parameter.get("map", {}).items():
        yield f"{name}_{escaped(key)}", value
    for index, value in enumerate(parameter.get("array", [])):
        yield f"{name}_{index}", value


def escaped(name: str) -> str:
    return re.sub("[^A-Z0-9_]", "_", name.upper())


def tar(root: Path, excluded: Sequence[str]) -> bytes:
    """Everything below a folder, `.git` too unless it is excluded; of special files nothing."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as archive:
        ahead = [root]
        while ahead:
            for path in sorted(ahead.pop().iterdir()):
                relative = path.relative_to(root).as_posix()
                # Go's `*` does not match `/`
                if any(relative.count("/") == glob.count("/") and fnmatchcase(relative, glob) for glob in excluded):
                    continue
                archive.add(path, relative, recursive=False)
                if path.is_dir() and not path.is_symlink():
                    ahead.append(path)
    return written.getvalue()


def untar(archive: bytes, folder: Path) -> None:
    """Without `preserveFileMode`: folders 0755, files 0644, none executable."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        for member in files:
            target = folder / member.name
            if member.isdir():
                target.mkdir(mode=0o755, parents=True, exist_ok=True)
            elif member.issym():
                target.symlink_to(member.linkname)
            elif member.isreg():
                target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                content = files.extractfile(member)
                assert content is not None
                target.write_bytes(content.read())
                target.chmod(0o644)


def listing(folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Every path below a folder with its mode, size and time."""
    for path in sorted([folder, *folder.rglob("*")]):
        about = path.lstat()
        size = 0 if stat.S_ISDIR(about.st_mode) else about.st_size
        yield path.relative_to(folder).as_posix(), (about.st_mode, size, about.st_mtime_ns)


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str], deadline: float) -> Answer:
    """The command in a process group of its own, which gets SIGTERM at the deadline and SIGKILL after it."""
    start = time.monotonic()
    program = Path(environment["PATH"].partition(":")[0]) / command[0]
    child = subprocess.Popen(
        [program, *command[1:]],
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )
    timers = [threading.Timer(deadline, os.killpg, (child.pid, signal.SIGTERM))]
    timers.append(threading.Timer(deadline + FATAL, os.killpg, (child.pid, signal.SIGKILL)))
    for timer in timers:
        timer.start()
    out, err = child.communicate()
    seconds = time.monotonic() - start
    for timer in timers:
        timer.cancel()
    return Answer(child.returncode, out.decode().removesuffix("\n"), err.decode().strip(), seconds)
