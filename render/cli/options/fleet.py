"""Which fleet a command is about, and what paths on the command line are meant from.

`-C FOLDER` says where to stand, as with git and make: the fleet is looked for from there upwards, and paths that are
given count from there. Nothing goes there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

OPTION = "folder"  # of the whole program: -C


def standing() -> Path:
    """Returns the folder in which the command is called, as a real path: that of -C, else the current one."""
    return Path(_option()).resolve()


def fleet_root() -> Path:
    """Returns the root of the fleet that the command is called in; the folder itself where there is none, for commands
    that can do without. What is printed names files from the root, which is told where it is another folder."""
    from render.operations.render.fleet_root import find_root

    folder = standing()
    root = find_root(folder)
    if root is None or root == folder:
        return folder
    from render.cli.output import print_line

    above = os.path.relpath(root, folder)
    print_line(f"note: the fleet is in {above}, and paths are from there", err=True)
    return root


def from_root(root: Path, given: str | None) -> str | None:
    """Returns a path that was given on the command line as one from the fleet's root; whole, where it leads out."""
    if given is None:
        return None
    path = Path(os.path.normpath(standing() / given))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


class GivenFile(click.Path):
    """A file that is there, by its path from where the command is called; `-` where that is standard input."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        folder = _option()
        is_here = folder == "." or value == "-"
        return super().convert(value if is_here else str(Path(folder, value)), param, ctx)


def _option() -> str:
    folder: str = click.get_current_context().find_root().params.get(OPTION, ".")
    return folder
