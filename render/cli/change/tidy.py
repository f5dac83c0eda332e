"""`meshrev tidy`: folds patches that promoting added back into what they patch."""

from __future__ import annotations

import click

from render.cli.options.change import Landing, landing_options


@click.command("tidy")
@landing_options
def command(landing: Landing) -> None:
    """Fold the patches that promoting added back into the base.

    Those are in promotions.yaml of overlays. One that all clusters which use the base agree on by now goes into it;
    one that says what is so without it is dropped. No object of any cluster changes. One commit, as with promote.
    """
    from render.cli.options.change import run
    from render.operations.change.tidy import Tidy

    run(Tidy(), landing)
