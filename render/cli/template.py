"""`meshrev template`: one component's objects, beside what Helm would print."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from render.cli.options.common import allow_unknown_values_option
from render.cli.options.fleet import GivenFile


@click.command("template")
@click.argument("component", required=False)
@click.option(
    "--version",
    metavar="VERSION",
    help="v1.24.3, 1.24.3 or an alias such as v1.24-latest. [default: for an IstioOperator the release of its tag]",
)
@click.option("--name", metavar="RELEASE", help="Helm's release name. [default: the one of Istio's guides]")
@click.option("--namespace", "-n", metavar="NS", help="Where it is. [default: istio-system; for gateway istio-ingress]")
@click.option(
    "--values",
    "-f",
    "files",
    multiple=True,
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Values as YAML, or without COMPONENT an IstioOperator; - for standard input; of several the later wins.",
)
@click.option(
    "--set", "sets", multiple=True, metavar="a.b=c", help="One value or, with commas, more; as Helm reads it."
)
@click.option("--set-string", "texts", multiple=True, metavar="a.b=c", help="The same, and every value is text.")
@allow_unknown_values_option
@click.option(
    "--output",
    "-o",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="Documents, or one JSON list.",
)
def command(
    component: str | None,
    version: str | None,
    name: str | None,
    namespace: str | None,
    files: tuple[str, ...],
    sets: tuple[str, ...],
    texts: tuple[str, ...],
    allow_unknown_values: bool,
    output: str,
) -> None:
    """Print a component as `helm template` of Istio's chart would, or an IstioOperator as istioctl would.

    COMPONENT is base, cni, egress, gateway, ingress, istiod, revisiontags or ztunnel. Needs neither Helm nor
    network, and no fleet. CustomResourceDefinitions are left out. Without COMPONENT the files are IstioOperators, and
    what is printed is what `istioctl manifest generate` prints; --set is then below their `spec`.

    \b
    meshrev template istiod --version v1.24.3 --set revision=1-24-3
    meshrev template gateway --version v1.24-latest -f values.yaml --set service.type=ClusterIP
    meshrev template --version v1.30.3 -f istio-operator.yaml --set profile=ambient
    """
    from render.cli.output import print_data, print_findings, print_json
    from render.operations.template.istio_operator import template_operator
    from render.operations.template.run import template
    from render.operations.template.values import collect_values
    from render.yamlio.write import yaml_text

    if component is None:
        if name is not None or namespace is not None:
            raise click.UsageError("--name and --namespace are for a COMPONENT; an IstioOperator says its namespace.")
        result = template_operator(_read(files), version, sets, texts, allow_unknown_values)
    elif version is None:
        raise click.UsageError("Missing option '--version'.")
    else:
        given = collect_values(_read(files), sets, texts)
        result = template(component, version, given, name, namespace, allow_unknown_values)
    print_findings(result.warnings)
    if output == "json":
        print_json([json.loads(text) for text in result.objects])
        return
    for text in result.objects:
        print_data(b"---\n" + yaml_text(text).data)


def _read(files: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    from render.errors import wrong
    from render.kustomize.reader import LIMIT

    for name in files:
        with click.open_file(name, "rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise wrong("MR003", f"is larger than {LIMIT // 1024 // 1024} MiB, and values are not", file=name)
        yield name, content
