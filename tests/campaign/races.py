"""Many people and machines at once: clones of one server in which processes promote, render, retire and take back.

What must be so: every commit on the server is as its specs say; each operation that was reported is there, once, and
nothing is there that nobody reported (where the server cuts no connection); no clone is left half done.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.campaign.campaign import Broken
from tests.campaign.oracle import command
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import CLUSTERS, promotable
from tests.support.fleets.served import NAME, cloned, left_behind, serve
from tests.support.git.server import FETCH, PUSH, Delay, Drop, git_server

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
SECONDS = 300


class Races:
    """The promotable fleet with a second revision in it."""

    def __init__(self, folder: Path) -> None:
        (folder / "fleet").mkdir()
        self._template = promotable(fleet_repo(folder / "fleet"))
        self._template.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
        self._template.meshrev("promote", "--tag", "prod", "--to", NEW, "--cluster", "lab")

    def attempt(self, random: Random, folder: Path) -> str:
        """Returns how many clones raced, and whether the server was in trouble."""
        is_troubled = random.random() < 0.3
        with git_server(folder / "server") as server:
            origin = serve(server, self._template)
            start = origin.git("rev-parse", "main").strip()
            clones = [
                cloned(server.url(NAME), folder / f"clone{n}", author=f"P{n}") for n in range(random.randint(2, 3))
            ]
            for _ in range(random.randint(1, 3) if is_troubled else 0):
                fault = random.choice((Drop(acted=True), Drop(acted=False), Delay(1.5)))
                server.on(random.choice((PUSH, FETCH)), fault, nth=random.randint(1, 4))
            processes = [
                (fleet, arguments, _start(fleet, arguments))
                for fleet in clones
                for arguments in (_chosen(random) for _ in range(random.randint(1, 2)))
            ]
            said = [(fleet, arguments, *_end(process)) for fleet, arguments, process in processes]
            _judge(origin, start, said, folder, is_troubled=is_troubled)
            for fleet in clones:
                if left := [name for name in left_behind(fleet) if not name.endswith(".lock")]:
                    raise Broken(f"left in {fleet.root}: {left}")
        return f"{len(clones)} clones{', a troubled server' if is_troubled else ''}"


def _chosen(random: Random) -> tuple[str, ...]:
    """A command; those that commit push, and answer as JSON."""
    cluster = random.choice(list(CLUSTERS))
    pushing = ("--push", "--output", "json")
    return random.choice(
        (
            ("promote", "--namespace", "cart", "--to", "default", "--cluster", cluster, *pushing),
            ("promote", "--namespace", "catalog", "--to", "prod", "--cluster", cluster, *pushing),
            ("promote", "--selector", "team=shop", "--to", "prod", "--cluster", cluster, *pushing),
            ("promote", "--tag", "prod", "--to", NEW, "--cluster", cluster, *pushing),
            ("promote", "--tag", "default", "--to", NEW, "--cluster", cluster, *pushing),
            ("promote", "--istio", "default", "--version", "v1.24.6", "--cluster", cluster, *pushing),
            ("retire", OLD, "--without-observation", "--cluster", cluster, *pushing),
            ("rollback", *pushing),
            ("tidy", *pushing),
            ("render", "--output", "json"),
            ("check",),
        )
    )


def _start(fleet: FleetRepo, arguments: tuple[str, ...]) -> subprocess.Popen[str]:
    command_line = [sys.executable, "-m", "render", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command_line, cwd=fleet.root, env=env, stdin=none, stdout=pipe, stderr=pipe, text=True)


def _end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Broken(f"{process.args!r} took more than {SECONDS} s") from None
    return process.returncode, out, err


Said = list[tuple[FleetRepo, tuple[str, ...], int, str, str]]


def _judge(origin: FleetRepo, start: str, said: Said, folder: Path, *, is_troubled: bool) -> None:
    shown = "\n".join(
        f"{fleet.root.name} {' '.join(args)}: {code} {out[-600:]} {err}" for fleet, args, code, out, err in said
    )
    reported = []
    for _, arguments, code, out, _ in said:
        if code not in (0, 1, 2, 4) or (code == 4 and not is_troubled):
            raise Broken(f"exit {code} of {arguments}\n{shown}")
        if code == 0 and arguments[0] not in ("render", "check") and (made := json.loads(out))["changed"]:
            reported.append((made["commit"], made["operation"]))
    commits = origin.git("rev-list", "--reverse", f"{start}..main").split()
    form = "--format=%(trailers:key=Meshrev-Operation,valueonly,separator=%x2C)"
    landed = [(commit, origin.git("show", "-s", form, commit).strip()) for commit in commits]
    if lost := set(reported) - set(landed):
        raise Broken(f"reported and not on the server: {lost}\n{shown}")
    operations = [operation for _, operation in landed]
    if len(set(operations)) < len(operations):
        raise Broken(f"done twice: {operations}\n{shown}")
    if not is_troubled and len(reported) < len(landed):
        raise Broken(f"on the server and not reported: {set(landed) - set(reported)}\n{shown}")
    scratch = cloned(str(origin.root), folder / "scratch")
    for commit in commits:
        scratch.git("checkout", "-q", "--detach", commit)
        command(scratch, "check", codes=(0,))
        shutil.rmtree(scratch.root / "rendered/.meshrev", ignore_errors=True)
    origin.git("fsck", "--strict", "--no-dangling")
