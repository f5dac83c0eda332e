"""`meshrev explain`: who injects a pod, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import observed_option, output_option
from render.cli.options.fleet import GivenFile, fleet_root, from_root
from render.cli.output import StyledText, print_json, print_line, print_lines
from render.messages import count

if TYPE_CHECKING:
    from pathlib import Path

    from render.kustomize.locate import FilePosition
    from render.operations.explain.chain import Chain, RevisionStep, TagStep, VersionStep
    from render.operations.explain.run import InjectionAnswer, SeenNamespace
    from render.plan.observed.observation import ObservedNamespace

Row = tuple[str, str, str]  # what is said, of what, and where it is written


@click.command("explain")
@click.option("--cluster", required=True, metavar="NAME", help="The cluster.")
@click.option("--namespace", "-n", required=True, metavar="NS", help="Where the pod is created, or the Gateway is.")
@click.option("--pod-labels", "labels", metavar="a=b,...", default="", help="The pod's own labels.")
@click.option("--pod-annotations", "annotations", metavar="a=b,...", default="", help="The pod's own annotations.")
@click.option(
    "--webhooks",
    "live",
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Ask a live cluster's webhooks (- for standard input) instead of the rendered ones.",
)
@click.option("--gateway", metavar="NAME", help="Say it of a Gateway (Gateway API) of the specs instead of a pod.")
@observed_option
@output_option
def command(
    cluster: str,
    namespace: str,
    labels: str,
    annotations: str,
    live: str | None,
    gateway: str | None,
    observed: str | None,
    output: str,
) -> None:
    """Say which revision injects a pod or deploys a Gateway, and why.

    The labels, the rule that decides, tag, revision and version, and the webhook that fires, each with the line that
    says so. Exit code 1 when, for any labels, not exactly the intended webhook fires. Of a Gateway of the Gateway API
    or a waypoint: whose istiod deploys it, from which template, and what its workload will be.

    \b
    meshrev explain --cluster prod-eu --namespace cart --pod-labels app=cart,istio.io/rev=canary
    kubectl get mutatingwebhookconfigurations -o yaml | meshrev explain --cluster prod-eu -n cart --webhooks -
    meshrev explain --cluster prod-eu -n shop --gateway public
    """
    from render.operations.explain.run import explain

    root = fleet_root()
    if gateway is not None:
        if labels or annotations or live:
            raise click.UsageError("--gateway goes without --pod-labels, --pod-annotations and --webhooks")
        _print_gateway(root, cluster, namespace, gateway, from_root(root, observed), output)
        return
    answer = explain(
        root,
        cluster,
        namespace,
        _pairs(labels, "--pod-labels", "a label"),
        from_root(root, observed),
        _read(live) if live else None,
        _pairs(annotations, "--pod-annotations", "an annotation"),
    )
    if output == "json":
        print_json(as_json(answer))
    else:
        print_lines(_text(answer))
    if answer.clash:
        print_line(StyledText("error", "red"), f": one pod, one injector does not hold: {answer.clash}", err=True)
        sys.exit(1)


def _print_gateway(root: Path, cluster: str, namespace: str, name: str, observed: str | None, output: str) -> None:
    from render.cli.explain_gateway import gateway_fields, gateway_lines
    from render.operations.explain.gateway import explain_gateway

    answer = explain_gateway(root, cluster, namespace, name, observed)
    if output == "json":
        print_json(gateway_fields(answer))
    else:
        print_lines(gateway_lines(answer))


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


def as_json(answer: InjectionAnswer) -> dict[str, Any]:
    """Returns the whole answer; `file`, `line` and `column` say where a thing is written, and are left out where it is
    not. `observation` is there where the cluster was observed."""
    chain = answer.chain
    return {
        "basis": answer.basis,
        "cluster": answer.cluster,
        "namespace": {
            "name": answer.namespace.name,
            "inSpecs": answer.namespace.place is not None,
            **position_fields(answer.namespace.place),
            "labels": [
                {"key": label.key, "value": label.value, **position_fields(label.place)}
                for label in answer.namespace.labels
            ],
        },
        "pod": {"labels": dict(answer.pod.labels), "annotations": dict(answer.pod.annotations)},
        "injected": answer.injected,
        "rule": {"name": answer.rule.name, "text": answer.rule.text, **position_fields(answer.rule.place)},
        "reason": answer.reason,
        "next": list(answer.advice),
        "tag": chain.tag and tag_fields(chain.tag),
        "revision": chain.revision and revision_fields(chain.revision),
        "version": chain.version and version_fields(chain.version),
        "webhooks": [
            {"configuration": one.webhook.configuration, "entry": one.webhook.name, "file": one.file}
            for one in answer.webhooks
        ],
        "silent": [
            {"configuration": one.webhook.configuration, "entry": one.webhook.name, "why": one.why}
            for one in answer.silent
        ],
        "notes": list(answer.notes),
        "clash": answer.clash,
        **({"observation": observation_fields(answer.seen)} if answer.seen else {}),
    }


def position_fields(place: FilePosition | None) -> dict[str, Any]:
    """Returns file, line and column, nothing where that is not known."""
    return place._asdict() if place else {}


def tag_fields(tag: TagStep) -> dict[str, Any]:
    """Returns a tag, and what it points at."""
    return {"name": tag.name, "target": tag.target, "revision": tag.revision, **position_fields(tag.place)}


def revision_fields(revision: RevisionStep) -> dict[str, Any]:
    """Returns a revision, and which spec makes it where the fleet has it."""
    from render.plan.revision_facts import spec_title

    if revision.record is None:
        return {"name": revision.name}
    made, namespace = spec_title(revision.record), revision.record.namespace
    return {"name": revision.name, "madeBy": made, "namespace": namespace, "frozen": revision.frozen}


def version_fields(version: VersionStep) -> dict[str, Any]:
    """Returns a version, and what the spec says for it."""
    return {"name": version.name, "requested": version.requested, **position_fields(version.place)}


def observation_fields(seen: SeenNamespace) -> dict[str, Any]:
    """Returns what was seen of the namespace, and how old that is. `proxies` are by revision and version."""
    known, freshness = seen.namespace, seen.dated.freshness
    return {
        "basis": seen.dated.basis,
        "age": int(freshness.age.total_seconds()),
        "stale": freshness.stale,
        "exists": known is not None,
        "pods": known.pods if known else 0,
        "revisions": dict(known.revisions) if known else {},
        "proxies": {revision: dict(versions) for revision, versions in known.proxies.items()} if known else {},
        "ambient": known.ambient if known else 0,
    }


def _text(found: InjectionAnswer) -> list[str]:
    lines = [_headline(found), "", *table_lines(list(_rows(found)))]
    lines += ["", *(f"note: {note}" for note in found.notes)]
    lines += [f"next: {way}" for way in found.advice]
    if found.injected is not False:
        lines.append(
            "Pods with hostNetwork: true are never injected. Pods that run keep their proxy until they restart."
        )
    lines.append(f"(basis: {found.basis}" + (f", {found.seen.dated.basis})" if found.seen else ")"))
    return lines


def table_lines(rows: Sequence[Row]) -> list[str]:
    """Returns the rows with their columns one below the other."""
    heads = max(len(head) for head, _, _ in rows)
    texts = max((len(text) for _, text, place in rows if place), default=0)
    return [f"  {head:{heads}}   {text:{texts}}   {place}".rstrip() for head, text, place in rows]


def _headline(found: InjectionAnswer) -> str:
    where = f"Pods created in namespace {found.namespace.name} of cluster {found.cluster}"
    pod = {"labels": found.pod.labels, "annotations": found.pod.annotations}
    if given := [what for what, pairs in pod.items() if pairs]:
        where = where.replace("Pods", f"Pods with these {' and '.join(given)},", 1)
    revision, version = found.chain.revision, found.chain.version
    if found.injected is False or revision is None:
        return f"{where} get {'no proxy' if len(found.webhooks) < 2 else 'two proxies'}: {found.reason}."
    proxy = f"the proxy of Istio {version.name}" if version else "a proxy"
    condition = ", if the webhook's matchConditions hold" if found.injected is None else ""
    return f"{where} get {proxy}, from revision {revision.name}{condition}."


def _rows(found: InjectionAnswer) -> Iterator[Row]:
    """Yields what is said, of what, and where it is written; from the labels to the webhook."""
    for label in found.namespace.labels:
        yield "namespace", f"{label.key}={label.value}", place_text(label.place)
    if not found.namespace.labels:
        yield "namespace", "no injection label", place_text(found.namespace.place)
    yield "pod", _pairs_text(found.pod.labels) or "no labels given", ""
    if found.pod.annotations:
        yield "", f"annotations: {_pairs_text(found.pod.annotations)}", ""
    yield "rule", found.rule.text, place_text(found.rule.place)
    yield from chain_rows(found.chain)
    for fired in found.webhooks:
        yield "webhook", f"{fired.webhook.configuration}, {fired.webhook.name}", ""
        yield "", fired.file, ""
    if found.basis != "files":
        for silent in found.silent:
            yield "silent", f"{silent.webhook.configuration}, {silent.webhook.name}", ""
            yield "", silent.why, ""
    if found.seen:
        yield "observed", _proxies(found.seen.namespace), ""


def chain_rows(chain: Chain) -> Iterator[Row]:
    """Yields the steps from a tag to a version, as far as they are known."""
    if chain.tag:
        yield "tag", f"{chain.tag.name} -> {chain.tag.target}", place_text(chain.tag.place)
    if chain.revision:
        made = revision_fields(chain.revision).get("madeBy")
        yield "revision", chain.revision.name + (f", of {made}" if made else ""), ""
    if version := chain.version:
        alias = f" ({version.requested})" if version.requested != version.name else ""
        yield "version", f"{version.name}{alias}", place_text(version.place)


def _pairs_text(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in pairs.items())


def _proxies(namespace: ObservedNamespace | None) -> str:
    if namespace is None:
        return "no such namespace"
    counts = [
        f"{number} of {revision} ({version})"
        for revision, versions in sorted(namespace.proxies.items())
        for version, number in sorted(versions.items())
    ]
    return count(namespace.pods, "pod") + (f"; proxies: {', '.join(counts)}" if counts else ", no proxies")


def place_text(place: FilePosition | None) -> str:
    """Returns `file:line:column`, or nothing where that is not known."""
    return f"{place.file}:{place.line}:{place.column}" if place else ""
