"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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

_VERBOSITY, _FORM = "meshrev.verbosity", "meshrev.log-format"  # what was given so far, before and behind the verb


def log_options(*, hidden: bool = False) -> list[click.Option]:
    """Returns the options of the log. They mean the same before the verb and behind it, where the help leaves them
    out."""
    verbose = click.Option(
        ["-v", "--verbose"],
        count=True,
        expose_value=False,
        hidden=hidden,
        callback=_setter(_more_verbose),
        help="Tell on standard error of each git command, retry and cluster; -vv of more.",
    )
    form = click.Option(
        ["--log-format"],
        type=click.Choice(["text", "json"]),
        expose_value=False,
        hidden=hidden,
        callback=_setter(_other_form),
        help="How that is told: lines for a person, or a JSON object a line.",
    )
    return [verbose, form]


def _setter(note: Callable[[dict[str, Any], Any], None]) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            note(context.meta, value)
            from render.logs import start_log  # slow to import, and seldom asked for

            start_log(context.meta.get(_VERBOSITY, 0), context.meta.get(_FORM, "text"))

    return callback


def _more_verbose(given: dict[str, Any], times: int) -> None:
    given[_VERBOSITY] = given.get(_VERBOSITY, 0) + times


def _other_form(given: dict[str, Any], form: str) -> None:
    given[_FORM] = form
