"""What must be so of any command, whatever it was given; each raises `Broken` where it is not."""

from __future__ import annotations

import os
from pathlib import Path

from tests.campaign.campaign import Broken
from tests.support import warm
from tests.support.cases import ROOT
from tests.support.fleet_repo import Done, FleetRepo

SECONDS = 60  # of a machine that does much else
LONGEST = 5_000  # characters of a line
# What `check` says of a tree that a killed command has begun to change, and that only `render` goes on with.
UNFINISHED = "an earlier run was cut off while it wrote here"
# What prints objects, whose YAML and JSON have escapes of their own, tabs and long lines among them.
DATA = ("cmp", "krm", "template")
CODES = (0, 1, 2, 4)


def command(
    fleet: FleetRepo, *arguments: str, stdin: str = "", codes: tuple[int, ...] = CODES, **environment: str
) -> Done:
    """Run a command line: it ends in time with one of these codes, and prints lines of text only."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment}
    words = " ".join(arguments)
    try:
        done = Done(*warm.run(arguments, fleet.root, env, stdin, SECONDS))
    except UnicodeDecodeError as error:
        raise Broken(f"{words!a}: prints what is not UTF-8: {error}") from None
    said = f"{words!a}: exit {done.code}\n{done.out[-2000:]!a}\n{done.err[-2000:]!a}"
    if done.code not in codes:
        raise Broken(f"{said}\nexpected one of the codes {codes}")
    if done.code in (2, 4) and not done.err.strip():
        raise Broken(f"{said}\nsays nothing of what is wrong")
    lines = done.err.splitlines() if arguments[0] in DATA else [*done.err.split("\n"), *done.out.split("\n")]
    for line in lines:
        if not line.isprintable():
            raise Broken(f"{said}\nprints more than text: {ascii(line)[:1000]}")
    for line in done.err.split("\n"):
        if len(line) > LONGEST:
            raise Broken(f"{said}\na line of {len(line)} characters: {line[:200]}")
    return done


def files(folder: Path, *, git: bool = False) -> dict[str, bytes]:
    """Every file and link below a folder, without git's and without what meshrev notes beside the tree."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if (not git and ".git" in parts) or parts[:2] == ("rendered", ".meshrev"):
            continue
        name = os.fsdecode(os.fsencode(path.relative_to(folder)))
        if path.is_symlink():
            found[name] = b"-> " + os.fsencode(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def expect_same(before: dict[str, bytes], after: dict[str, bytes], what: str) -> None:
    """The files are as they were."""
    if before != after:
        differing = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        raise Broken(f"{what}: changed {len(differing)} files: {differing[:10]}")
