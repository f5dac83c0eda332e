"""`meshrev schema`: the JSON schema of a kind, for editors."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("kind", required=False)
def command(kind: str | None) -> None:
    """Print the JSON schema of KIND, with the releases that this program knows; without KIND the kinds.

    \b
    meshrev schema Istio > schemas/istio.json
    """
    from render.cli.output import print_lines
    from render.errors import wrong
    from render.messages import did_you_mean
    from render.operations.init.files import KINDS, schema_text

    if kind is None:
        print_lines(KINDS)
        return
    known = {name.lower(): name for name in KINDS}
    if kind.lower() not in known:
        guess = did_you_mean(kind, KINDS) or f" (known: {', '.join(KINDS)})"
        raise wrong("MR046", f"{kind} is not a kind that meshrev reads{guess}", field="KIND")
    print_lines(schema_text(known[kind.lower()]).rstrip("\n").split("\n"))
