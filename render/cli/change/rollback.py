"""`meshrev rollback`: takes an operation back."""

from __future__ import annotations

import click

from render.cli.options.change import Landing, landing_options


@click.command("rollback")
@click.option("--operation", metavar="ID", help="The operation, as `meshrev log` names it. [default: the last one]")
@click.option("--to", metavar="COMMIT", help="Take back every operation since this commit.")
@click.option("--restore", is_flag=True, help="Bring back from history what was retired since.")
@landing_options
def command(operation: str | None, to: str | None, restore: bool, landing: Landing) -> None:
    """Take specs and rendered manifests back to before an operation, with what others changed since kept.

    It is a new commit. Pods go back to the revision that they had; a revision that the operation brought in stays,
    frozen, until it is retired. Lint is asked, but does not stop a rollback.

    \b
    meshrev rollback
    meshrev rollback --operation promote-3f2a9c01d4 --push
    """
    from render.cli.options.change import run
    from render.operations.change.rollback import Rollback

    if operation and to:
        raise click.UsageError("--operation and --to do not go together")
    run(Rollback(operation, to, restore), landing, blocking=False)
