"""Options that several verbs share."""

from __future__ import annotations

import click

clusters_option = click.option(
    "--cluster", "clusters", multiple=True, metavar="NAME", help="Only this cluster; may be given more than once."
)
output_option = click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For a person or for a program.",
)
