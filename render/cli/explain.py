"""`meshrev explain`: who injects a pod, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import observed_option, output_option
from render.cli.options.fleet import GivenFile, fleet_root, from_root
from render.cli.output import StyledText, print_json, print_line, print_lines
from render.messages import count

if TYPE_CHECKING:
    from render.kustomize.locate import FilePosition
    from render.operations.explain.chain import RevisionStep, TagStep, VersionStep
    from render.operations.explain.run import InjectionAnswer, SeenNamespace
    from render.plan.observation import ObservedNamespace


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
            **_position(answer.namespace.place),
            "labels": [
                {"key": label.key, "value": label.value, **_position(label.place)} for label in answer.namespace.labels
            ],
        },
        "pod": {"labels": dict(answer.pod.labels), "annotations": dict(answer.pod.annotations)},
        "injected": answer.injected,
        "rule": {"name": answer.rule.name, "text": answer.rule.text, **_position(answer.rule.place)},
        "reason": answer.reason,
        "next": list(answer.advice),
        "tag": chain.tag and _tag(chain.tag),
        "revision": chain.revision and _revision(chain.revision),
        "version": chain.version and _version(chain.version),
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
        **({"observation": _observation(answer.seen)} if answer.seen else {}),
    }


def _position(place: FilePosition | None) -> dict[str, Any]:
    return place._asdict() if place else {}


def _tag(tag: TagStep) -> dict[str, Any]:
    return {"name": tag.name, "target": tag.target, "revision": tag.revision, **_position(tag.place)}


def _revision(revision: RevisionStep) -> dict[str, Any]:
    from render.plan.revision_facts import spec_title

    if revision.record is None:
        return {"name": revision.name}
    made, namespace = spec_title(revision.record), revision.record.namespace
    return {"name": revision.name, "madeBy": made, "namespace": namespace, "frozen": revision.frozen}


def _version(version: VersionStep) -> dict[str, Any]:
    return {"name": version.name, "requested": version.requested, **_position(version.place)}


def _observation(seen: SeenNamespace) -> dict[str, Any]:
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
    rows = list(_rows(found))
    heads = max(len(head) for head, _, _ in rows)
    texts = max((len(text) for _, text, place in rows if place), default=0)
    lines = [_headline(found), ""]
    lines += [f"  {head:{heads}}   {text:{texts}}   {place}".rstrip() for head, text, place in rows]
    lines += ["", *(f"note: {note}" for note in found.notes)]
    lines += [f"next: {way}" for way in found.advice]
    if found.injected is not False:
        lines.append(
            "Pods with hostNetwork: true are never injected. Pods that run keep their proxy until they restart."
        )
    lines.append(f"(basis: {found.basis}" + (f", {found.seen.dated.basis})" if found.seen else ")"))
    return lines


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


def _rows(found: InjectionAnswer) -> Iterator[tuple[str, str, str]]:
    """Yields what is said, of what, and where it is written; from the labels to the webhook."""
    for label in found.namespace.labels:
        yield "namespace", f"{label.key}={label.value}", _place(label.place)
    if not found.namespace.labels:
        yield "namespace", "no injection label", _place(found.namespace.place)
    yield "pod", _pairs_text(found.pod.labels) or "no labels given", ""
    if found.pod.annotations:
        yield "", f"annotations: {_pairs_text(found.pod.annotations)}", ""
    yield "rule", found.rule.text, _place(found.rule.place)
    chain = found.chain
    if chain.tag:
        yield "tag", f"{chain.tag.name} -> {chain.tag.target}", _place(chain.tag.place)
    if chain.revision:
        made = _revision(chain.revision).get("madeBy")
        yield "revision", chain.revision.name + (f", of {made}" if made else ""), ""
    if version := chain.version:
        alias = f" ({version.requested})" if version.requested != version.name else ""
        yield "version", f"{version.name}{alias}", _place(version.place)
    for fired in found.webhooks:
        yield "webhook", f"{fired.webhook.configuration}, {fired.webhook.name}", ""
        yield "", fired.file, ""
    if found.basis != "files":
        for silent in found.silent:
            yield "silent", f"{silent.webhook.configuration}, {silent.webhook.name}", ""
            yield "", silent.why, ""
    if found.seen:
        yield "observed", _proxies(found.seen.namespace), ""


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


def _place(place: FilePosition | None) -> str:
    return f"{place.file}:{place.line}:{place.column}" if place else ""
