"""What is left to `git add`, for whoever commits."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from render.operations.staged import ToStage

NAMED = 20  # files; the command below them stages all


def print_to_stage(left: ToStage) -> None:
    """The files that the commit would not have as they lie there, and the command that stages them, on standard error:
    standard output is the result's. Nothing where nothing is left."""
    if not left.paths:
        return
    click.echo("not in git's index as rendered:", err=True)
    for path in left.paths[:NAMED]:
        click.echo(f"  {path}{'  (ignored: see .gitignore)' if path in left.ignored else ''}", err=True)
    if len(left.paths) > NAMED:
        click.echo(f"  and {len(left.paths) - NAMED} more", err=True)
    if left.folders:
        click.echo(f"stage what was rendered: git add -A -- {shlex.join(left.folders)}", err=True)
    if left.ignored:
        click.echo("git ignores files that the tree needs: let .gitignore leave out the output folder", err=True)
