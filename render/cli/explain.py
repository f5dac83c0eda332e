"""`meshrev explain`: who injects a pod, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from render.cli.options.common import observed_option, output_option
from render.cli.options.fleet import GivenFile, fleet_root, from_root
from render.cli.output import StyledText, print_json, print_line, print_lines
from render.messages import count


@click.command("explain")
@click.option("--cluster", required=True, metavar="NAME", help="The cluster.")
@click.option("--namespace", "-n", required=True, metavar="NS", help="Where the pod is created.")
@click.option("--pod-labels", "labels", metavar="a=b,...", default="", help="The pod's own labels.")
@click.option("--pod-annotations", "annotations", metavar="a=b,...", default="", help="The pod's own annotations.")
@click.option(
    "--webhooks",
    "live",
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Ask a live cluster's webhooks (- for standard input) instead of the rendered ones.",
)
@observed_option
@output_option
def command(
    cluster: str, namespace: str, labels: str, annotations: str, live: str | None, observed: str | None, output: str
) -> None:
    """Say which revision injects a pod, and why.

    The labels, the rule that decides, tag, revision and version, and the webhook that fires, each with the line that
    says so. Exit code 1 when, for any labels, not exactly the intended webhook fires.

    \b
    meshrev explain --cluster prod-eu --namespace cart --pod-labels app=cart,istio.io/rev=canary
    kubectl get mutatingwebhookconfigurations -o yaml | meshrev explain --cluster prod-eu -n cart --webhooks -
    """
    from render.operations.explain.run import explain

    root = fleet_root()
    found = explain(
        root,
        cluster,
        namespace,
        _pairs(labels, "--pod-labels", "a label"),
        from_root(root, observed),
        _read(live) if live else None,
        _pairs(annotations, "--pod-annotations", "an annotation"),
    )
    if output == "json":
        print_json(found)
    else:
        print_lines(_text(found))
    if found["clash"]:
        print_line(StyledText("error", "red"), f": one pod, one injector does not hold: {found['clash']}", err=True)
        sys.exit(1)


def _pairs(text: str, option: str, what: str) -> dict[str, str]:
    """`a=b,c=d`, as kubectl takes labels."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = part.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{option}: {part!r} is not {what} (expected: key=value,key=value)")
        found[key] = value
    return found


def _read(name: str) -> tuple[str, bytes]:
    from render.yamlio.read_json import read_all

    with click.open_file(name, "rb") as file:
        shown = "standard input" if name == "-" else name
        return shown, read_all(file, shown)


def _text(found: dict[str, Any]) -> list[str]:
    rows = list(_rows(found))
    heads = max(len(head) for head, _, _ in rows)
    texts = max((len(text) for _, text, place in rows if place), default=0)
    lines = [_headline(found), ""]
    lines += [f"  {head:{heads}}   {text:{texts}}   {place}".rstrip() for head, text, place in rows]
    lines += ["", *(f"note: {note}" for note in found["notes"])]
    lines += [f"next: {way}" for way in found["next"]]
    if found["injected"] is not False:
        lines.append(
            "Pods with hostNetwork: true are never injected. Pods that run keep their proxy until they restart."
        )
    observation = found.get("observation")
    lines.append(f"(basis: {found['basis']}" + (f", {observation['basis']})" if observation else ")"))
    return lines


def _headline(found: dict[str, Any]) -> str:
    where = f"Pods created in namespace {found['namespace']['name']} of cluster {found['cluster']}"
    if given := [what for what in ("labels", "annotations") if found["pod"][what]]:
        where = where.replace("Pods", f"Pods with these {' and '.join(given)},", 1)
    if found["injected"] is False:
        return f"{where} get {'no proxy' if len(found['webhooks']) < 2 else 'two proxies'}: {found['reason']}."
    version = found["version"]
    proxy = f"the proxy of Istio {version['name']}" if version else "a proxy"
    condition = ", if the webhook's matchConditions hold" if found["injected"] is None else ""
    return f"{where} get {proxy}, from revision {found['revision']['name']}{condition}."


def _rows(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields what is said, of what, and where it is written; from the labels to the webhook."""
    labels = found["namespace"]["labels"]
    for label in labels:
        yield "namespace", f"{label['key']}={label['value']}", _place(label)
    if not labels:
        yield "namespace", "no injection label", _place(found["namespace"])
    given = ",".join(f"{key}={value}" for key, value in found["pod"]["labels"].items())
    yield "pod", given or "no labels given", ""
    if annotations := found["pod"]["annotations"]:
        yield "", "annotations: " + ",".join(f"{key}={value}" for key, value in annotations.items()), ""
    yield "rule", found["rule"]["text"], _place(found["rule"])
    if tag := found["tag"]:
        yield "tag", f"{tag['name']} -> {tag['target']}", _place(tag)
    if revision := found["revision"]:
        made = f", of {revision['madeBy']}" if "madeBy" in revision else ""
        yield "revision", f"{revision['name']}{made}", ""
    if version := found["version"]:
        alias = f" ({version['requested']})" if version["requested"] != version["name"] else ""
        yield "version", f"{version['name']}{alias}", _place(version)
    for webhook in found["webhooks"]:
        yield "webhook", f"{webhook['configuration']}, {webhook['entry']}", ""
        yield "", webhook["file"], ""
    if found["basis"] != "files":
        for webhook in found["silent"]:
            yield "silent", f"{webhook['configuration']}, {webhook['entry']}", ""
            yield "", webhook["why"], ""
    if observation := found.get("observation"):
        yield "observed", _proxies(observation), ""


def _proxies(observation: dict[str, Any]) -> str:
    if not observation["exists"]:
        return "no such namespace"
    counts = [
        f"{number} of {revision} ({version})"
        for revision, versions in sorted(observation["proxies"].items())
        for version, number in sorted(versions.items())
    ]
    pods = observation["pods"]
    return count(pods, "pod") + (f"; proxies: {', '.join(counts)}" if counts else ", no proxies")


def _place(found: dict[str, Any]) -> str:
    return f"{found['file']}:{found['line']}:{found['column']}" if "file" in found else ""
