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
observed_option = click.option(
    "--observed", metavar="DIR", help="Where observations lie. [default: spec.observation.path of meshrev.yaml]"
)
allow_unknown_values_option = click.option(
    "--allow-unknown-values", is_flag=True, help="Only warn of values that neither Sail's API nor the chart knows."
)
