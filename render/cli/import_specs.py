"""`meshrev import`: specs of what runs, and what a sync of them would change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import GivenFile, standing
from render.messages import count, few

if TYPE_CHECKING:
    from render.operations.adopt.changes import ClusterChanges, ObjectChange
    from render.operations.adopt.helm import ChartRelease
    from render.operations.adopt.run import ImportResult

_SHOWN = 6


@click.command("import")
@click.option(
    "--file",
    "-f",
    "files",
    multiple=True,
    required=True,
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="What kubectl, helm or a person wrote; - for standard input.",
)
@click.option("--cluster", default="imported", metavar="NAME", help="The cluster's name. [default: imported]")
@click.option("--to", "folder", metavar="FOLDER", help="Write the specs there, such as overlays/prod.")
@click.option("--version", metavar="VERSION", help="The release, where nothing names it.")
@click.option("--keep-images", is_flag=True, help="Keep the images that run, by values.")
@click.option(
    "--chart", type=click.Choice(["base", "istiod", "cni", "ztunnel", "gateway"]), help="Whose values FILE has."
)
@click.option("--release", metavar="NAME", help="The name of that Helm release. [default: that of FILE]")
@click.option(
    "--namespace", "-n", metavar="NS", default="istio-system", help="And its namespace. [default: istio-system]"
)
@click.option(
    "--helm-list",
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="What `helm list -A -o json` printed; each FILE of values is then called RELEASE.yaml.",
)
@output_option
def command(
    files: tuple[str, ...],
    cluster: str,
    folder: str | None,
    version: str | None,
    keep_images: bool,
    chart: str | None,
    release: str | None,
    namespace: str,
    helm_list: str | None,
    output: str,
) -> None:
    """Make specs of what runs, and say what a sync of them would change in the cluster.

    FILE holds Sail's objects, the objects of control planes as kubectl lists them, Helm values, or an IstioOperator.
    What would restart or change meaning is printed first; without --to the specs are printed and nothing is written.

    \b
    kubectl get istio,istiorevision,istiorevisiontag,istiocni,ztunnel,namespaces -o yaml | meshrev import -f -
    meshrev import -f istiod.yaml --helm-list releases.json --cluster prod --to overlays/prod
    meshrev import -f istio-operator.yaml --version v1.27.3
    """
    from render.cli.output import as_data, print_data, print_findings, print_json, print_line
    from render.operations.adopt.run import import_specs, write_specs
    from render.specs.releases import as_typed, resolve

    given = resolve(as_typed(version)) if version else None
    releases = _releases(chart, release, namespace, given, helm_list, files)
    result = import_specs(_read(files), cluster=cluster, version=given, releases=releases, keeps_images=keep_images)
    if output == "json":
        written = write_specs(standing(), folder, result) if folder else []
        print_json(
            {
                "files": dict(result.files),
                "written": written,
                "findings": [as_data(one) for one in result.findings],
                "changes": _changes_json(result.changes),
            }
        )
        return
    print_findings(result.findings)
    for line in report(result):
        print_line(line, err=True)
    if folder:
        for path in write_specs(standing(), folder, result):
            print_line(f"wrote {path}")
        return
    for text in result.files.values():
        print_data(f"---\n{text}".encode())


def report(result: ImportResult) -> Iterator[str]:
    """Yields what a sync changes, a line each object and a line each of its fields, what restarts first."""
    if result.changes is None:
        yield "what a sync would change is not known: the specs have errors"
        return
    relabelled = [one for one in result.changes.objects if one.is_labels_alone]
    for one in result.changes.objects:
        if one in relabelled:
            continue
        yield f"{one.identity.title}: {one.how}{', and its pods restart' if one.restarts else ''}: {one.reason}"
        for change in one.fields[:_SHOWN]:
            yield f"  {change.field}: {change.before or 'nothing'} -> {change.after or 'nothing'}"
        if len(one.fields) > _SHOWN:
            yield f"  and {count(len(one.fields) - _SHOWN, 'more field')}"
    if relabelled:
        yield f"{count(len(relabelled), 'more object')} changed: labels that say who installed it"
    yield f"{count(result.changes.same, 'object')} as in the cluster, {count(len(result.changes.objects), 'other')}"
    if result.changes.unseen:
        yield f"not compared, as none was handed over: {few(result.changes.unseen, 20)}"


def _changes_json(changes: ClusterChanges | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    return {
        "objects": [_object_json(one) for one in changes.objects],
        "same": changes.same,
        "unseen": list(changes.unseen),
    }


def _object_json(one: ObjectChange) -> dict[str, Any]:
    named = {"kind": one.identity.kind, "namespace": one.identity.namespace, "name": one.identity.name}
    fields = [{"field": each.field, "before": each.before, "after": each.after} for each in one.fields]
    return {**named, "how": one.how, "restarts": one.restarts, "reason": one.reason, "fields": fields}


def _releases(
    chart: str | None,
    release: str | None,
    namespace: str,
    version: str | None,
    helm_list: str | None,
    files: tuple[str, ...],
) -> list[ChartRelease]:
    from pathlib import PurePosixPath

    from render.operations.adopt.helm import ChartRelease, helm_releases

    if helm_list:
        ((name, content),) = _read((helm_list,))
        return helm_releases(content, name)
    if chart is None:
        return []
    if version is None:
        raise click.UsageError("--chart needs --version: the release of the chart, such as 1.27.3.")
    return [ChartRelease(release or PurePosixPath(files[0]).stem, namespace, chart, version)]


def _read(files: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    from render.errors import wrong
    from render.yamlio.read_json import LIMIT

    for name in files:
        with click.open_file(name, "rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise wrong("MR003", f"is larger than {LIMIT // 1024 // 1024} MiB", file=name)
        yield name, content
